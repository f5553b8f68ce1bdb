// How prices and volumes are written: with as many digits as are stored. Pure.

export const LEAST_DECIMALS = 2;
const MOST_DECIMALS = 12;

// The decimals that the prices of bars have at most.
export function decimalsOf(bars) {
  const most = bars.reduce((found, { exact: { o, h, l, c } }) => Math.max(found, ...[o, h, l, c].map(fractionOf)), LEAST_DECIMALS);
  return Math.min(MOST_DECIMALS, most);
}

export const formatOf = (decimals) => new Intl.NumberFormat("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });

// All the digits of a volume, the thousands apart, without zeros at the end.
export function volumeOf({ v, exact }) {
  const [whole, fraction = ""] = String(exact?.v ?? v ?? 0).split(".");
  const digits = fraction.replace(/0+$/, "");
  return whole.replace(/\B(?=(\d{3})+$)/g, ",") + (digits && `.${digits}`);
}

const fractionOf = (digits) => (String(digits).split(".")[1] ?? "").length;
