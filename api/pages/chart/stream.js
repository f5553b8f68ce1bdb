// Follows /v1/stream. After a break it goes on where it was, by the token of the last message; the
// browser's own way to reconnect gives up for good when the answer is an error, so it is not used.

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
const SILENCE_MS = 16_000; // three heartbeats did not come
const LOOK_MS = 1000;

// Calls onEvents with the events of each message, onOpen and onLost(code) as the connection comes
// and goes, and onUnknown when the server has no history from the token on: start again.
// Returns { stop(), token() }.
export function follow(parameters, since, { onEvents, onOpen, onLost, onUnknown }) {
  let source = null;
  let token = null;
  let pause = FIRST_PAUSE_MS;
  let timer = null;
  let heardAt = performance.now();

  function open() {
    const from = token === null ? { since } : { resume: token };
    source = new EventSource(`/v1/stream?${new URLSearchParams({ ...parameters, ...from })}`);
    heardAt = performance.now();
    source.onopen = () => { heardAt = performance.now(); onOpen(); };
    source.onmessage = hear;
    source.addEventListener("fault", fault);
    source.onerror = () => again("away");
  }

  function hear(message) {
    const { resume, events } = JSON.parse(message.data);
    heardAt = performance.now();
    pause = FIRST_PAUSE_MS;
    onEvents(events);
    token = resume ?? token; // not before its events have been taken
  }

  function fault(message) {
    const { code } = faultOf(message);
    if (code === "unknown_resume") {
      stop();
      onUnknown();
    } else again(code);
  }

  function again(code) {
    source?.close();
    source = null;
    clearTimeout(timer);
    onLost(code);
    timer = setTimeout(open, pause * (0.75 + Math.random() / 2));
    pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
  }

  // A machine that slept, or a proxy that dropped the connection, closes nothing.
  const watch = setInterval(() => {
    if (source && performance.now() - heardAt > SILENCE_MS) again("silent");
  }, LOOK_MS);

  function stop() {
    clearInterval(watch);
    clearTimeout(timer);
    source?.close();
    source = null;
  }

  open();
  return { stop, token: () => token };
}

function faultOf(message) {
  const body = JSON.parse(message.data);
  return body.events?.[0] ?? body;
}
