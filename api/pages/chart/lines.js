// The indicators that the address names: their lines in the chart, and the menu that adds them.

import { MOST_LINES, lineOf, namesIn, titleOf } from "./indicators.js";

const FEW = 5; // bars at the end that are updated one by one

// elements: { list, form, legend }; page: as chart.js makes it.
export function mountLines({ list, form, legend }, page) {
  const { data, view } = page;
  let names = [];

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const [kind, length] = [form.elements.kind.value, form.elements.bars.value];
    choose([...names, kind === "vwap" ? kind : `${kind}${Number(length)}`]);
  });
  form.elements.kind.addEventListener("change", () => { form.elements.bars.disabled = form.elements.kind.value === "vwap"; });

  const choose = (wanted) => page.choose({ lines: namesIn(wanted.join(",")).join(",") }, { replace: true });

  function computed() {
    const { bars, sessions } = data;
    return names.map((name) => ({ name, title: titleOf(name), values: lineOf(name, bars, { sessions, isWhole: data.isWhole }) }));
  }

  // The colour belongs to the place in the list.
  function draw() {
    view.setLines(computed().map((line, index) => ({ ...line, colour: `--line-${index + 1}` })));
  }

  function showMenu() {
    list.replaceChildren(...names.map((name, index) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "×";
      button.setAttribute("aria-label", `Remove ${titleOf(name)}`);
      button.addEventListener("click", () => {
        choose(names.filter((other) => other !== name));
        form.elements.kind.focus();
      });
      item.append(swatch(name, index), button);
      return item;
    }));
    legend.replaceChildren(...names.map(swatch));
    form.hidden = names.length >= MOST_LINES;
  }

  return {
    computed,
    chosen({ lines }) {
      const wanted = namesIn(lines ?? "");
      if (wanted.join() === names.join()) return;
      names = wanted;
      showMenu();
      draw();
    },
    // changed: the bars that were added at the end or replaced, null if any bars may differ.
    bars(changed) {
      if (!names.length) return;
      const since = changed ? Math.min(...changed.map(({ time }) => time)) : -Infinity;
      if (!changed || !(since >= data.bars.at(-FEW)?.time)) draw();
      else view.extendLines(computed().map(({ name, values }) => ({ name, values: values.filter(({ time }) => time >= since) })));
    },
  };
}

function swatch(name, index) {
  const mark = document.createElement("span");
  mark.className = `line-${index + 1}`;
  mark.textContent = titleOf(name);
  return mark;
}
