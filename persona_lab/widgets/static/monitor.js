import { h, put, say, svg } from "./dom.js";
import {
  barsPath, durationText, figureLabelsOf, latencyText, rangesOf, rateText, serverPairs, stepsOf, sum,
} from "./figures.js";
import { redrawInPlace } from "./in_place.js";
import { labelsOf, numberText, wordFor } from "./labels.js";
import { shape } from "./shapes.js";

// Python asks the server only while somebody looks; see WATCHED_SECONDS in monitor.py.
const WATCHING_MILLISECONDS = 30_000;

const RATE = { width: 300, height: 44, gap: 1 };
const LATENCY = { width: 300, height: 60, gap: 8 };

/** Hear what the model says for as long as it lives; all views read from here. */
function follow(model) {
  const monitor = { views: new Set(), isKernelGone: false };
  const paint = () => monitor.views.forEach((view) => view.paint());

  // A kernel that is gone can't say so: the notebook reports that the comm has changed. What comes afterwards
  // shows that it lives.
  model.on("change:figures", () => {
    monitor.isKernelGone = false;
    paint();
  });
  model.on("comm_live_update", () => {
    monitor.isKernelGone = true;
    paint();
  });
  return monitor;
}

/** Draw one view and keep it true. */
function show({ monitor, model, el, signal }) {
  let drawn;
  el.classList.add("pl-root", "pl-monitor");

  function redraw() {
    const locale = model.get("locale");
    drawn = skeleton(figureLabelsOf(locale), locale);
    put(el, "lang", locale);
    el.replaceChildren(...drawn.parts);
    drawn.tables.addEventListener("toggle", paintTables, { signal });
    paintName();
    paint();
  }

  function paintName() {
    say(drawn.name, model.get("project_name"));
    put(drawn.name, "title", model.get("project_name"));
  }

  function paint() {
    const figures = model.get("figures");
    paintLight(figures);
    paintTiles(figures);
    paintRate(figures);
    paintTypes(figures.types);
    paintLatency(figures);
    paintTables();
    paintServer(figures.server);
  }

  function paintLight({ state, reason }) {
    const connection = monitor.isKernelGone ? "offline" : state;
    const said = connection === "live" || monitor.isKernelGone ? "" : reason;
    // Written only where it differs: a screen reader says it each time.
    if (drawn.light.getAttribute("data-connection") !== connection) {
      const words = labelsOf(drawn.locale);
      put(drawn.light, "data-connection", connection);
      put(drawn.light, "title", words.connectionHints[connection]);
      drawn.light.replaceChildren(shape(connection), wordFor(connection, words.connections));
    }
    say(drawn.reason, said);
    put(drawn.reason, "hidden", !said);
  }

  function paintTiles({ seq, per_second, reconnects, resets }) {
    say(drawn.tiles.seq, numberText(seq, drawn.locale));
    say(drawn.tiles.rate, rateText(mean(per_second)));
    say(drawn.tiles.reconnects, numberText(reconnects, drawn.locale));
    say(drawn.tiles.resets, numberText(resets, drawn.locale));
  }

  function paintRate({ per_second }) {
    const most = Math.max(...per_second);
    put(drawn.rate.bars, "d", barsPath(per_second, RATE));
    put(drawn.rate.chart, "aria-label", drawn.labels.rateChart(most, rateText(mean(per_second))));
    say(drawn.rate.most, most ? drawn.labels.most(numberText(most, drawn.locale)) : "");
  }

  function paintTypes(types) {
    const names = Object.keys(types);
    put(drawn.none, "hidden", names.length > 0);
    put(drawn.types, "hidden", names.length === 0);
    // A type that is new comes once or twice, and takes the focus from no other.
    names.forEach((name, n) => {
      if (!drawn.counts.has(name)) {
        drawn.counts.set(name, h("td"));
        drawn.body.insertBefore(typeRow(name), drawn.body.rows[n] ?? null);
      }
      say(drawn.counts.get(name), numberText(types[name], drawn.locale));
    });
    paintSelected();
  }

  function typeRow(name) {
    const button = h("button", { type: "button", class: "pl-type", "data-type": name, title: drawn.labels.choose }, name);
    return h("tr", {}, h("th", { scope: "row" }, button), drawn.counts.get(name));
  }

  function paintSelected() {
    const selected = model.get("selected");
    for (const button of drawn.body.querySelectorAll("button")) {
      put(button, "aria-pressed", String(selected.includes(button.dataset.type)));
    }
  }

  function choose(name) {
    const selected = model.get("selected");
    model.set("selected", selected.includes(name) ? selected.filter((one) => one !== name) : [...selected, name]);
    model.save_changes();
  }

  function paintLatency({ received, applied, bounds_ms }) {
    const { labels, latency } = drawn;
    const most = Math.max(...received.spread, ...applied.spread);
    put(latency.received.bars, "d", barsPath(received.spread, { ...LATENCY, most, share: 0.5 }));
    put(latency.applied.bars, "d", barsPath(applied.spread, { ...LATENCY, most, share: 0.5, offset: 0.5 }));
    put(
      latency.chart,
      "aria-label",
      labels.latencyChart(latencyText(received, labels), latencyText(applied, labels)),
    );
    bounds_ms.forEach((bound, index) => say(latency.bounds[index], durationText(bound)));
    for (const [name, figures] of Object.entries({ received, applied })) {
      say(latency[name].p50, durationText(figures.p50));
      say(latency[name].p95, durationText(figures.p95));
    }
  }

  // Closed, it isn't kept true: 20 rows four times a second would be for nobody.
  function paintTables() {
    if (!drawn.tables.open) return;
    const { per_second, received, applied, bounds_ms } = model.get("figures");
    const steps = stepsOf(per_second).map(([from, to, n]) => [`${from}–${to}`, n]);
    const ranges = rangesOf(bounds_ms, drawn.labels);
    fill(drawn.steps, steps);
    fill(drawn.ranges, ranges.map((range, index) => [range, received.spread[index], applied.spread[index]]));
  }

  function fill(body, rows) {
    while (body.rows.length < rows.length) {
      const [, ...numbers] = rows[0];
      body.append(h("tr", {}, h("th", { scope: "row" }), numbers.map(() => h("td"))));
    }
    rows.forEach(([name, ...numbers], index) => {
      const cells = body.rows[index].cells;
      say(cells[0], name);
      numbers.forEach((number, place) => say(cells[place + 1], numberText(number, drawn.locale)));
    });
  }

  function paintServer(server) {
    put(drawn.server, "hidden", !server);
    if (!server) return;
    const pairs = serverPairs(server, drawn.labels);
    const before = drawn.about.querySelectorAll("dd");
    if (before.length !== pairs.length) drawn.about.replaceChildren(...pairs.map(([name, value]) => pair(name, value)));
    else pairs.forEach(([, value], index) => say(before[index], value));
  }

  const view = { paint };
  monitor.views.add(view);
  const watching = () => model.send({ kind: "watching" });
  const timer = setInterval(watching, WATCHING_MILLISECONDS);
  signal.addEventListener("abort", () => {
    monitor.views.delete(view);
    clearInterval(timer);
  });
  el.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-type]");
    if (button) choose(button.dataset.type);
  }, { signal });
  model.on("change:project_name", paintName);
  model.on("change:selected", paintSelected);
  model.on("change:locale", () => redrawInPlace(el, redraw));
  redraw();
  watching();
}

function mean(numbers) {
  return sum(numbers) / numbers.length;
}

function pair(name, value) {
  return h("div", {}, h("dt", {}, name), h("dd", {}, value));
}

/** The parts that stay while the figures change. */
function skeleton(labels, locale) {
  const name = h("h3", { class: "pl-name", dir: "auto" });
  const light = h("span", { class: "pl-light", role: "status" });
  const reason = h("p", { class: "pl-error pl-reason", dir: "auto", hidden: true });
  const tiles = Object.fromEntries(["seq", "rate", "reconnects", "resets"].map((key) => [key, h("dd")]));
  const tile = (key, name, hint) => h("div", { class: "pl-tile", title: hint }, h("dt", {}, name), tiles[key]);
  const rate = rateChart(labels);
  const latency = latencyChart(labels);
  const none = h("p", { class: "pl-none" }, labels.none);
  const { table: types, body } = table(labels.types, [labels.type, labels.count]);
  const steps = table(labels.rate, [labels.ago, labels.events]);
  const ranges = table(labels.latency, [labels.range, labels.received, labels.applied]);
  const tables = h(
    "details",
    { class: "pl-tables" },
    h("summary", {}, labels.tables),
    h("div", {}, steps.table, ranges.table),
  );
  const about = h("dl", { class: "pl-pairs" });
  const server = h("section", { hidden: true }, h("h4", {}, labels.server), about);
  return {
    labels, locale, name, light, reason, tiles, rate, latency, none, types, body, tables, about, server,
    steps: steps.body,
    ranges: ranges.body,
    counts: new Map(),
    parts: [
      h("header", { class: "pl-head" }, name, light),
      reason,
      h(
        "dl",
        { class: "pl-tiles" },
        tile("seq", labels.seq),
        tile("rate", labels.meanRate),
        tile("reconnects", labels.reconnects),
        tile("resets", labels.resets, labels.resetsHint),
      ),
      h(
        "div",
        { class: "pl-charts" },
        h(
          "div",
          { class: "pl-column" },
          h("section", {}, h("h4", {}, labels.rate, " ", rate.most), rate.chart, rate.axis),
          h("section", {}, h("h4", {}, labels.types), none, types),
        ),
        h(
          "div",
          { class: "pl-column" },
          h("section", {}, h("h4", {}, labels.latency), latency.chart, latency.axis, latency.table),
          server,
        ),
      ),
      tables,
    ],
  };
}

function table(caption, titles) {
  const body = h("tbody");
  const heads = titles.map((title) => h("th", { scope: "col" }, title));
  return { body, table: h("table", { "aria-label": caption }, h("thead", {}, h("tr", {}, heads)), body) };
}

function rateChart(labels) {
  const bars = svg("path", { class: "pl-bars-received" });
  return {
    bars,
    most: h("span", { class: "pl-most" }),
    chart: chart(RATE, bars),
    axis: h("div", { class: "pl-axis pl-axis-ends", "aria-hidden": "true" }, h("span", {}, labels.start), h("span", {}, labels.end)),
  };
}

function latencyChart(labels) {
  const parts = Object.fromEntries(
    ["received", "applied"].map((name) => [
      name,
      { bars: svg("path", { class: `pl-bars-${name}` }), p50: h("td"), p95: h("td") },
    ]),
  );
  const rows = Object.entries(parts).map(([name, { p50, p95 }]) => {
    const key = svg(
      "svg",
      { class: "pl-key", viewBox: "0 0 10 10", "aria-hidden": "true" },
      svg("path", { class: `pl-bars-${name}`, d: "M1 1H9V9H1Z" }),
    );
    const hint = name === "applied" ? labels.appliedHint : null;
    return h("tr", {}, h("th", { scope: "row", title: hint }, key, labels[name]), p50, p95);
  });
  const { table: drawn, body } = table(labels.latency, ["", "p50", "p95"]);
  body.append(...rows);
  // Each bound is written where the bars of two ranges meet.
  const bounds = Array.from({ length: 7 }, () => h("span"));
  return {
    ...parts,
    bounds,
    chart: chart(LATENCY, parts.received.bars, parts.applied.bars),
    axis: h("div", { class: "pl-axis pl-axis-bounds", "aria-hidden": "true" }, bounds),
    table: drawn,
  };
}

function chart({ width, height }, ...children) {
  return svg(
    "svg",
    { class: "pl-chart", role: "img", viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none" },
    ...children,
  );
}

/** A function, so that each model has its own: `initialize` and `render` are given different model objects. */
export default () => {
  let monitor;
  return {
    initialize({ model }) {
      monitor = follow(model);
    },
    render({ model, el, signal }) {
      show({ monitor, model, el, signal });
    },
  };
};
