"use strict";
(() => {
  const { evaluation, facts, curves, errors } = JSON.parse(
    document.getElementById("data").textContent);
  const labels = evaluation.labels;
  const rule = evaluation.mean_logits;
  const figures = evaluation.figures;
  const NAMES = {
    frame_accuracy: "Segment accuracy",
    absolute_clip_accuracy: "Absolute clip accuracy",
    standard_clip_accuracy: "Standard clip accuracy",
    emotion_vote_accuracy: "Emotion vote accuracy",
    average_logits_clip_accuracy: "Average-logits clip accuracy",
    weighted_accuracy: "Weighted accuracy",
    unweighted_accuracy: "Unweighted accuracy",
    macro_f1: "Macro F1",
    calibration_error: "Calibration error (ECE)",
    calibrated_error: "Calibration error, calibrated",
    coverage: "Coverage of sets at 0.9",
  };
  const CLASS_COLOURS = 8;
  const MANY_SPEAKERS = 30;
  const MANY_SEGMENTS = 8;
  const INVISIBLE = 0.002;

  // --- text ---------------------------------------------------------------------------------

  const finite = (x) => typeof x === "number" && Number.isFinite(x);
  const fixed = (x, digits) => (finite(x) ? x.toFixed(digits) : "–");
  const percent = (x, digits = 1) => (finite(x) ? fixed(100 * x, digits) + "\u00a0%" : "–");
  const whole = (n) => n.toLocaleString("en-GB");
  const counted = (n, one) => whole(n) + " " + one + (n === 1 ? "" : "s");
  const interval = (e) => fixed(100 * e.low, 1) + "–" + percent(e.high);
  // Names of one corpus often differ at their end only.
  const shortened = (text, length) =>
    text.length > length ? text.slice(0, length - 5) + "…" + text.slice(-4) : text;
  const sentence = (text) => text[0].toUpperCase() + text.slice(1) + ".";
  // The last part of a path or URI: what tells files apart, and short.
  const fileName = (uri) => uri.replace(/\/+$/, "").replace(/^.*\//, "") || uri;
  const classColour = (c) => "var(--class" + (c % CLASS_COLOURS) + ")";

  // --- elements; text goes in as text, never as HTML ----------------------------------------

  function element(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name === "style") {
        Object.assign(made.style, value);
      } else {
        made.setAttribute(name, value);
      }
    }
    made.append(...children.flat().filter((child) => child !== null));
    return made;
  }

  function table(head, rows) {
    const cells = (row) =>
      row.map((text, i) => element(i === 0 ? "th" : "td", i === 0 ? { scope: "row" } : {}, text));
    return element("div", { class: "scroll", tabindex: "0" },
      element("table", {},
        element("thead", {},
          element("tr", {}, head.map((text) => element("th", { scope: "col" }, text)))),
        element("tbody", {}, rows.map((row) => element("tr", {}, cells(row))))));
  }

  const asTable = (head, rows) =>
    element("details", {}, element("summary", {}, "As a table"), table(head, rows));

  const legend = (entries) =>
    element("ul", { class: "legend" }, entries.map(([name, background]) =>
      element("li", {}, element("span", { class: "swatch", style: { background } }), name)));

  function section(title, note, ...children) {
    return element("section", {},
      title ? element("h2", {}, title) : null, note ? element("p", { class: "note" }, note) : null, children);
  }

  function styled(names, made) {
    made.setAttribute("class", names);
    return made;
  }

  // --- charts; colours are the page's variables, so they follow its scheme and print --------

  const charts = [];

  /** A chart that is drawn for its width: height(width) in pixels, option(width) of ECharts. */
  function chart(description, height, option) {
    const box = element("div", { class: "chart", role: "img", "aria-label": description });
    charts.push({ box, height, option });
    return box;
  }

  /** Draws every chart, as wide as widthOf(box) says. */
  function draw(widthOf) {
    for (const one of charts) {
      const width = widthOf(one.box);
      if (width === one.width) {
        continue;
      }
      one.width = width;
      const size = { width, height: one.height(width) };
      one.box.style.height = size.height + "px";
      if (one.drawn) {
        one.drawn.resize(size);
      } else {
        one.drawn = echarts.init(one.box, null, { renderer: "svg", ...size });
      }
      one.drawn.setOption({ ...COMMON, ...one.option(width) }, true);
    }
  }

  const FONT = getComputedStyle(document.body).fontFamily;
  const COMMON = {
    animation: false,
    textStyle: { fontFamily: FONT, fontSize: 12, color: "var(--ink)" },
    tooltip: {
      confine: true,
      backgroundColor: "var(--paper)",
      borderColor: "var(--line)",
      textStyle: { fontFamily: FONT, fontSize: 12, color: "var(--ink)" },
    },
  };
  /** What a tooltip says: an element, as ECharts would take text for HTML. */
  const tip = (text) => ({
    formatter: (shape) => element("div", { style: { whiteSpace: "pre" } }, text(shape)),
  });
  const MUTED = { color: "var(--muted)", fontSize: 12, fontFamily: FONT };
  const INK = { color: "var(--ink)", fontSize: 12, fontFamily: FONT };
  const STILL = { emphasis: { disabled: true } };
  const NARROW = 480;
  // The label at the end of a percentage axis needs the room on the right.
  const GRID = { left: 0, right: 24, top: 6, bottom: 4, containLabel: true };

  function axis(type, name, more) {
    return {
      type,
      name,
      nameLocation: "middle",
      nameGap: 28,
      nameTextStyle: MUTED,
      axisLine: { show: type === "category", lineStyle: { color: "var(--line)" } },
      axisTick: { show: false },
      axisLabel: { ...MUTED, hideOverlap: true },
      splitLine: { show: type === "value", lineStyle: { color: "var(--line)" } },
      ...more,
    };
  }

  const parts = (width, name, more) =>
    axis("value", name, {
      min: 0,
      max: 1,
      interval: width < NARROW ? 0.25 : 0.2,
      axisLabel: { ...MUTED, hideOverlap: true, formatter: (x) => Math.round(100 * x) + "\u00a0%" },
      ...more,
    });

  /** Names down the side, the first on top. */
  const names = (list, length) =>
    axis("category", undefined, {
      data: list.map((_, i) => i),
      inverse: true,
      axisLine: { show: false },
      axisLabel: { ...INK, interval: 0, formatter: (i) => shortened(list[i], length) },
    });

  const line = (x1, y1, x2, y2, stroke, lineWidth) => ({
    type: "line", shape: { x1, y1, x2, y2 }, style: { stroke, lineWidth, lineCap: "round" },
  });

  // --- head ---------------------------------------------------------------------------------

  function head() {
    const known = evaluation.speakers.length;
    const { level, unit, units, resamples, seed } = evaluation.intervals;
    return element("header", {},
      element("h1", {}, facts.title),
      evaluation.trained_on === null ? null
        : element("p", { class: "trained-on" }, sentence(evaluation.trained_on.told)),
      element("p", { class: "lede" },
        counted(evaluation.clips, "clip") + " in " + counted(evaluation.segments, "segment") +
        (known > 0 ? " of " + counted(known, "speaker") : "") + ". Intervals hold " +
        Math.round(100 * level) + "\u00a0% of " + counted(resamples, "bootstrap resample") +
        " over " + whole(units) + " " + unit + " (seed " + seed + ")."),
      element("dl", { class: "facts" }, facts.lines.map(({ name, value }) =>
        element("div", {}, element("dt", {}, name), element("dd", {}, value)))));
  }

  function headline() {
    const shown = ["unweighted_accuracy", "weighted_accuracy", "macro_f1",
      figures.calibrated_error ? "calibrated_error" : "calibration_error"];
    return element("dl", { class: "headline" }, shown.map((figure) =>
      element("div", {},
        element("dt", {}, NAMES[figure]),
        element("dd", { class: "value" }, percent(figures[figure].value)),
        element("dd", { class: "interval" }, interval(figures[figure])))));
  }

  // --- sections -----------------------------------------------------------------------------

  function accuracies() {
    const shown = Object.keys(figures)
      .filter((f) => !["weighted_accuracy", "calibration_error", "calibrated_error"].includes(f));
    const estimates = shown.map((f) => figures[f]);
    const described = shown.map((f) => NAMES[f] + " " + percent(figures[f].value)).join(", ");
    const drawn = chart("Figures with their intervals: " + described,
      () => 34 * shown.length + 36,
      (width) => ({
        grid: { ...GRID, right: 52 },
        xAxis: parts(width),
        yAxis: names(shown.map((f) =>
          width < NARROW ? NAMES[f].replace(" accuracy", "") : NAMES[f]), 30),
        series: [{
          type: "custom",
          data: estimates.map((e, i) => [e.value, i, e.low, e.high]),
          encode: { x: [0, 2, 3], y: 1 },
          clip: false,
          tooltip: tip(({ value }) =>
            NAMES[shown[value[1]]] + "\n" + percent(value[0]) + " (" +
            interval({ low: value[2], high: value[3] }) + ")"),
          renderItem: (_, api) => {
            const [x, y] = api.coord([api.value(0), api.value(1)]);
            const [low] = api.coord([api.value(2), api.value(1)]);
            const [high] = api.coord([api.value(3), api.value(1)]);
            return { type: "group", children: [
              line(low, y, high, y, "var(--first)", 2),
              { type: "circle", shape: { cx: x, cy: y, r: 5 }, style: { fill: "var(--first)" } },
              { type: "text", style: { text: percent(api.value(0)), x: high + 8, y,
                verticalAlign: "middle", fill: "var(--ink)", fontSize: 12, fontFamily: FONT } },
            ] };
          },
        }],
      }));
    return styled("wide", section("Accuracy",
      "Absolute: every segment of the clip is right. Standard: the class of most segments is, a " +
      "tie going to the first class. Emotion vote: the same, a tie going to the largest mean " +
      "logit, as in the tables of score; " + counted(evaluation.tied_clips, "clip") +
      " tied. Average logits: the class of the mean logits, the rule of all other figures here; " +
      "its accuracy is the weighted accuracy. Unweighted: the mean recall of the classes.",
      drawn,
      asTable(["Figure", "Value", "Interval"], Object.keys(figures).map((f) =>
        [NAMES[f], percent(figures[f].value), interval(figures[f])])),
      element("details", {}, element("summary", {}, "The three rules for a clip"),
        table(["Rule", "Weighted", "Unweighted", "Macro F1"],
          [["Average logits", rule], ["Standard vote", evaluation.majority_vote],
            ["Emotion vote", evaluation.emotion_vote]].map(([name, r]) =>
            [name, ...[r.weighted_accuracy, r.unweighted_accuracy, r.macro_f1]
              .map((x) => percent(x))])))));
  }

  function confusion() {
    const sums = rule.confusion.map((row) => row.reduce((a, b) => a + b, 0));
    const part = (t, d) => (sums[t] === 0 ? 0 : rule.confusion[t][d] / sums[t]);
    const cells = rule.confusion.flatMap((row, t) => row.map((count, d) => ({
      value: [d, t, count],
      itemStyle: { color: "rgba(var(--heat), " + part(t, d).toFixed(3) + ")" },
      label: { color: part(t, d) > 0.55 ? "var(--heat-ink)" : "var(--ink)" },
    })));
    const text = (d, t, count, small) =>
      small || sums[t] === 0 ? String(count)
        : count + "\n{part|" + Math.round(100 * part(t, d)) + "\u00a0%}";
    const drawn = chart(
      "Confusion matrix, true emotions in rows; recall: " + labels.map((label, t) =>
        label + " " + percent(sums[t] === 0 ? NaN : part(t, t), 0)).join(", "),
      (width) => Math.min(540, Math.max(220, width * 0.85)),
      (width) => {
        const cell = (width - 80) / labels.length;
        const small = cell < 42;
        const category = (length, more) => axis("category", undefined, {
          data: labels.map((_, i) => i),
          axisLine: { show: false },
          axisLabel: { ...INK, interval: 0, rotate: more.position === "top" && cell < 70 ? 50 : 0,
            formatter: (i) => shortened(labels[i], length) },
          splitLine: { show: false },
          ...more,
        });
        return {
          grid: { ...GRID, right: 1, bottom: 1 },
          xAxis: category(12, { position: "top" }),
          yAxis: category(width < NARROW ? 10 : 14, { inverse: true }),
          series: [{
            type: "heatmap",
            data: cells,
            itemStyle: { borderColor: "var(--line)", borderWidth: 1 },
            label: {
              show: true, fontFamily: FONT, fontSize: small ? 12 : 13, lineHeight: 16, align: "center",
              rich: { part: { fontSize: 11, lineHeight: 14, align: "center" } },
              formatter: ({ value: [d, t, count] }) => text(d, t, count, small),
            },
            tooltip: tip(({ value: [d, t, count] }) =>
              labels[t] + " decided as " + labels[d] + "\n" + counted(count, "clip") + ", " +
              percent(part(t, d)) + " of " + labels[t]),
            ...STILL,
          }],
        };
      });
    return section("Confusion", "Clips by true emotion (rows) and decision (columns); shade: part of the row.",
      drawn,
      asTable(["True \\ decided", ...labels], rule.confusion.map((row, t) =>
        [labels[t], ...row.map((count, d) => count + " (" + percent(part(t, d), 0) + ")")])));
  }

  function classes() {
    const kinds = [["precision", "Precision", "var(--first)"],
      ["recall", "Recall", "var(--second)"], ["f1", "F1", "var(--bar3)"]];
    const drawn = chart(
      "F1 of each emotion: " +
        rule.classes.map((c) => c.label + " " + percent(c.f1, 0)).join(", "),
      () => 50 * labels.length + 30,
      (width) => ({
        grid: GRID,
        xAxis: parts(width),
        yAxis: names(labels, width < NARROW ? 10 : 16),
        series: kinds.map(([key, name, color]) => ({
          type: "bar", name, barCategoryGap: "30%", barGap: "10%", itemStyle: { color, borderRadius: [0, 2, 2, 0] },
          data: rule.classes.map((c) => c[key]),
          tooltip: tip(({ dataIndex, value }) =>
            labels[dataIndex] + "\n" + name + " " + percent(value)),
          ...STILL,
        })),
      }));
    return section("Emotions", "What a decision is worth (precision), what is found (recall), and both (F1).",
      legend(kinds.map(([, name, color]) => [name, color])),
      drawn,
      asTable(["Emotion", "Precision", "Recall", "F1", "Clips"], rule.classes.map((c) =>
        [c.label, percent(c.precision), percent(c.recall), percent(c.f1), whole(c.support)])));
  }

  function calibration() {
    const sources = [["Clips", evaluation.clip_calibration, "var(--first)", "circle"],
      ["Segments", evaluation.segment_calibration, "var(--second)", "rect"]];
    const filled = (bins) => bins.filter((bin) => bin.count > 0);
    const drawn = chart(
      "Reliability: accuracy by confidence. " + sources.map(([name, { error }]) =>
        "Expected calibration error of " + name.toLowerCase() + " " + percent(error)).join(", "),
      (width) => Math.min(440, Math.max(260, width * 0.75)),
      (width) => ({
        grid: { ...GRID, top: 12, bottom: 24 },
        xAxis: parts(width, "confidence", { splitLine: { show: false } }),
        yAxis: parts(width),
        series: [
          { type: "line", data: [[0, 0], [1, 1]], symbol: "none", silent: true,
            lineStyle: { color: "var(--muted)", width: 1, type: [4, 4] } },
          ...sources.map(([name, { bins }, color, symbol]) => {
            const largest = Math.max(...bins.map((bin) => bin.count));
            return {
              type: "line", symbol, lineStyle: { color, width: 2 }, itemStyle: { color },
              data: filled(bins).map((bin) => ({
                value: [bin.confidence, bin.accuracy, bin.count],
                symbolSize: 5 + 11 * Math.sqrt(bin.count / largest),
              })),
              tooltip: tip(({ value }) =>
                name + ": " + whole(value[2]) + "\nconfidence " + percent(value[0]) +
                "\naccuracy " + percent(value[1])),
              ...STILL,
            };
          }),
        ],
      }));
    return section("Reliability",
      "Accuracy (upwards) of decisions by their confidence; below the dashed line the model is " +
      "surer than it is right. Larger marks: more decisions.",
      legend(sources.map(([name, { error }, color]) =>
        [name + ", calibration error " + percent(error), color])),
      drawn,
      asTable(["Confidence", "Clips", "mean", "right", "Segments", "mean", "right"],
        evaluation.clip_calibration.bins.map((bin, b) => {
          const other = evaluation.segment_calibration.bins[b];
          return [fixed(100 * bin.low, 0) + "–" + percent(bin.high, 0),
            ...[bin, other].flatMap((one) =>
              [whole(one.count), percent(one.confidence), percent(one.accuracy)])];
        })));
  }

  function groups(title, one, list, note, prefix = "", more = []) {
    const worstFirst = [...list].sort((a, b) => a.unweighted_accuracy - b.unweighted_accuracy);
    const shown = worstFirst.slice(0, MANY_SPEAKERS);
    const overall = figures.unweighted_accuracy;
    const name = (group) => prefix + group.name;
    const counts = (group, length) =>
      shortened(name(group), length) + " (" + whole(group.clips) + ")";
    const drawn = chart(
      "Unweighted accuracy by " + one + ": " +
        shown.map((g) => name(g) + " " + percent(g.unweighted_accuracy, 0) + " of " +
          counted(g.clips, "clip")).join(", "),
      () => Math.max(90, 26 * shown.length + 34),
      (width) => ({
        grid: GRID,
        xAxis: parts(width),
        yAxis: { ...names(shown.map((g) => counts(g, width < NARROW ? 12 : 20)), Infinity),
          splitLine: { show: true, lineStyle: { color: "var(--line)" } } },
        series: [
          { type: "scatter", symbol: "circle", symbolSize: 9,
            itemStyle: { color: "var(--first)", opacity: 1 },
            data: shown.map((g, i) => [g.unweighted_accuracy, i]),
            tooltip: tip(({ value }) => name(shown[value[1]]) + ", " +
              counted(shown[value[1]].clips, "clip") + "\nunweighted " + percent(value[0])),
            markLine: { silent: true, symbol: "none", label: { show: false },
              data: [{ xAxis: overall.value }],
              lineStyle: { color: "var(--first)", type: "solid", width: 1 } },
            markArea: { silent: true, itemStyle: { color: "var(--first)", opacity: 0.12 },
              data: [[{ xAxis: overall.low }, { xAxis: overall.high }]] },
            ...STILL },
          { type: "scatter", symbol: "circle", symbolSize: 13,
            data: shown.map((g, i) => [g.weighted_accuracy, i]),
            itemStyle: { color: "transparent", opacity: 1, borderColor: "var(--second)", borderWidth: 1.5 },
            tooltip: tip(({ value }) => name(shown[value[1]]) + ", " +
              counted(shown[value[1]].clips, "clip") + "\nweighted " + percent(value[0])),
            ...STILL },
        ],
      }));
    const left = worstFirst.length - shown.length;
    return section(title,
      note + (left > 0 ? " The " + shown.length + " worst; the table has the other " + left + "." : ""),
      legend([["Unweighted accuracy", "var(--first)"], ["Weighted accuracy", "var(--second)"]]),
      drawn,
      asTable([one[0].toUpperCase() + one.slice(1), "Clips", "Weighted", "Unweighted"],
        worstFirst.map((g) => [name(g), whole(g.clips), percent(g.weighted_accuracy),
          percent(g.unweighted_accuracy)])),
      ...more);
  }

  function corpora() {
    const list = evaluation.corpora;
    const estimate = (c, figure) =>
      percent(c.figures[figure].value) + " (" + interval(c.figures[figure]) + ")";
    const unit = list.every((c) => c.intervals.unit === "speakers") ? "speakers"
      : "speakers, or clips where fewer than two are known";
    return styled("wide", groups("Corpora", "corpus", list,
      "In brackets the number of clips. Line and band: all clips, with its interval. In the table, " +
      "intervals are over the corpus's own " + unit + ", and decided is the part of its clips that " +
      "an emotion was decided on for.",
      "",
      [table(["Corpus", "Clips", "Weighted", "Unweighted", "Segments", "Calibration error",
        ...labels.map((label) => "Decided " + label)],
        list.map((c) => [c.name, whole(c.clips), estimate(c, "weighted_accuracy"),
          estimate(c, "unweighted_accuracy"), percent(c.figures.frame_accuracy.value),
          percent(c.figures.calibration_error.value),
          ...c.decided.map((part) => percent(part, 0))]))]));
  }

  function sexes() {
    const points = (x) => fixed(x, 1) + " points";
    const within = evaluation.sex_gap === null ? [] : Object.entries(evaluation.sex_gap.corpora);
    const several = evaluation.corpora.length > 1;
    return groups("Sexes", "sex", evaluation.sexes,
      (evaluation.sex_gap === null ? ""
        : "Unweighted accuracies are " + points(evaluation.sex_gap.points) + " apart" +
          (several && within.length > 0
            ? "; within the corpora: " + within.map(([c, x]) => c + " " + points(x)).join(", ")
            : "") + ". ") + "In brackets the number of clips.",
      "",
      several
        ? [element("details", {}, element("summary", {}, "Within each corpus"),
          table(["Corpus", "Sex", "Clips", "Weighted", "Unweighted"],
            evaluation.corpora.flatMap((c) => c.sexes.map((g) => [c.name, g.name, whole(g.clips),
              percent(g.weighted_accuracy), percent(g.unweighted_accuracy)]))))]
        : []);
  }

  function conditions() {
    const list = evaluation.conditions;
    const shown = list.map((c) => c.name);
    const kinds = [["unweighted_accuracy", "Unweighted accuracy", "var(--first)"],
      ["segment_accuracy", "Segment accuracy", "var(--second)"]];
    const accuracy = chart(
      "Unweighted accuracy by condition: " +
        list.map((c) => c.name + " " + percent(c.unweighted_accuracy, 0)).join(", "),
      () => 44 * list.length + 34,
      (width) => ({
        grid: GRID,
        xAxis: parts(width),
        yAxis: names(shown, width < NARROW ? 12 : 24),
        series: kinds.map(([key, name, color]) => ({
          type: "bar", name, barCategoryGap: "35%", barGap: "10%", itemStyle: { color, borderRadius: [0, 2, 2, 0] },
          data: list.map((c) => c[key]),
          tooltip: tip(({ dataIndex, value }) =>
            shown[dataIndex] + "\n" + name + " " + percent(value)),
          ...STILL,
        })),
      }));
    const decided = chart(
      "Part of the clips that each emotion was decided on for, by condition; see the table",
      () => 44 * list.length + 34,
      (width) => ({
        grid: GRID,
        xAxis: parts(width),
        yAxis: names(shown, width < NARROW ? 12 : 24),
        series: labels.map((label, c) => ({
          type: "bar", name: label, stack: "decided", barCategoryGap: "35%",
          itemStyle: { color: classColour(c), borderColor: "var(--paper)", borderWidth: 0.5 },
          data: list.map((one) => one.decided[c] / one.clips),
          tooltip: tip(({ dataIndex, value }) =>
            shown[dataIndex] + "\n" + label + " " + percent(value)),
          ...STILL,
        })),
      }));
    return [
      styled("left", section("Conditions", "The same clips, changed. All other figures here are of clean audio.",
        legend(kinds.map(([, name, color]) => [name, color])),
        accuracy,
        asTable(["Condition", "Clips", "Weighted", "Unweighted", "Segments", "Calibration error"],
          list.map((c) => [c.name, whole(c.clips), percent(c.weighted_accuracy),
            percent(c.unweighted_accuracy), percent(c.segment_accuracy),
            percent(c.calibration_error)])),
        evaluation.corpora.length > 1
          ? element("details", {},
            element("summary", {}, "Unweighted accuracy in each corpus, and what it loses"),
            table(["Condition", ...evaluation.corpora.map((c) => c.name)],
              list.map((c) => [c.name, ...evaluation.corpora.map(({ name }) =>
                inCorpus(c.corpora[name], list[0].corpora[name], c === list[0]))])))
          : null)),
      section("Decisions by condition", "What the model hears when the audio gets worse.",
        legend(labels.map((label, c) => [label, classColour(c)])),
        decided,
        asTable(["Condition", ...labels],
          list.map((one) => [one.name, ...one.decided.map((n) => percent(n / one.clips))]))),
    ];
  }

  /** An accuracy, and by how many points it differs from that on clean audio. */
  function inCorpus(accuracy, clean, isClean) {
    const points = 100 * (accuracy - clean);
    return percent(accuracy) + (isClean || !finite(accuracy) ? ""
      : " (" + (points > 0 ? "+" : points < 0 ? "\u2212" : "") + fixed(Math.abs(points), 1) + ")");
  }

  function learning() {
    const kinds = [
      ["Training", "var(--first)", (e) => e.loss, (e) => e.accuracy],
      ["Validation", "var(--second)", (e) => e.validation && e.validation.loss,
        (e) => e.validation && e.validation.segment_accuracy],
    ];
    const last = curves.flatMap((curve) => curve.epochs)
      .reduce((most, e) => Math.max(most, e.epoch), 1);

    function lines(of, color) {
      const folds = curves.map((curve) => curve.epochs
        .map((e) => [e.epoch, of(e)]).filter(([, value]) => finite(value)));
      const one = curves.length === 1;
      const thin = folds.map((data, i) => ({
        type: "line", data, symbol: one && data.length === 1 ? "circle" : "none",
        lineStyle: { color, width: one ? 2 : 1, opacity: one ? 1 : 0.3 }, itemStyle: { color },
        tooltip: { show: false }, silent: true,
      }));
      if (one) {
        return thin;
      }
      const means = [];
      for (let epoch = 1; epoch <= last; epoch++) {
        const values = folds.flat().filter(([e]) => e === epoch).map(([, value]) => value);
        if (values.length > 0) {
          means.push([epoch, values.reduce((a, b) => a + b, 0) / values.length]);
        }
      }
      return [...thin, { type: "line", data: means, symbol: means.length === 1 ? "circle" : "none",
        lineStyle: { color, width: 2.5 }, itemStyle: { color }, silent: true }];
    }

    const panel = (title, which, yAxis) =>
      section(title, null,
        legend(kinds.map(([name, color]) => [name, color])),
        chart(title + " by epoch; see the table",
          (width) => Math.min(320, Math.max(220, width * 0.6)),
          () => ({
            grid: { ...GRID, top: 12, bottom: 24 },
            xAxis: axis("value", "epoch", { min: 1, max: Math.max(last, 2), minInterval: 1,
              splitLine: { show: false } }),
            yAxis,
            tooltip: { show: false },
            series: kinds.flatMap((kind) => lines(kind[which], kind[1])),
          })));

    const ends = curves.filter((curve) => curve.epochs.length > 0).map((curve) => {
      const e = curve.epochs[curve.epochs.length - 1];
      const v = e.validation || {};
      return [String(curve.fold), curve.held_out || "–", String(e.epoch), fixed(e.loss, 3),
        percent(e.accuracy), fixed(v.loss, 3), percent(v.segment_accuracy)];
    });
    return [
      styled("left", panel("Loss in training", 2, axis("value", undefined, { min: 0 }))),
      panel("Accuracy in training", 3, parts(0)),
      styled("wide foot", section(null, (curves.length > 1
        ? "Thin lines: folds; bold: their mean over the folds that got as far. " : "") +
        "By segment; training figures are of augmented audio, with dropout.",
        element("details", {}, element("summary", {}, "As a table: the last epoch of each fold"),
          table(["Fold", "Held out", "Epochs", "Loss", "Accuracy", "Validation loss",
            "Validation accuracy"], ends)))),
    ];
  }

  function worst() {
    const row = (segment) => element("tr", {},
      element("td", { class: "time" },
        fixed(segment.start_s, 2) + "–" + fixed(segment.end_s, 2) + "\u00a0s"),
      element("td", { class: "class" }, labels[segment.decided] + " " +
        percent(segment.probabilities[segment.decided], 0)),
      element("td", {}, element("div", {
        class: "bar",
        role: "img",
        "aria-label": labels.map((label, c) =>
          label + " " + percent(segment.probabilities[c], 0)).join(", "),
      }, segment.probabilities.map((p, c) => p < INVISIBLE ? null : element("span", {
        title: labels[c] + " " + percent(p),
        style: { flex: p + " 1 0", background: classColour(c) },
      })))));
    const rows = (segments) => element("table", { class: "segments" },
      element("tbody", {}, segments.map(row)));
    const one = (e) => element("li", {},
      element("h3", {}, e.clip_id === e.uri ? fileName(e.uri) : e.clip_id),
      element("p", {},
        element("strong", {}, labels[e.label]), " decided as ",
        element("strong", {}, labels[e.decided]), " at " + percent(e.confidence, 0) +
        (evaluation.corpora.length > 1 ? " · corpus " + e.corpus : "") +
        (e.speaker === null ? "" : " · speaker " + e.speaker),
        element("br"), e.uri),
      rows(e.segments.slice(0, MANY_SEGMENTS)),
      e.segments.length <= MANY_SEGMENTS ? null : element("details", {},
        element("summary", {}, counted(e.segments.length - MANY_SEGMENTS, "more segment")),
        rows(e.segments.slice(MANY_SEGMENTS))));
    return styled("wide long", section("Worst errors",
      errors.length === 0 ? "No clip was decided on wrongly."
        : "The wrong decisions of highest confidence, with the probabilities of each segment.",
      errors.length === 0 ? null : legend(labels.map((label, c) => [label, classColour(c)])),
      element("ol", { class: "errors" }, errors.map(one))));
  }

  // --- the page -----------------------------------------------------------------------------

  document.title = facts.title;
  const folds = evaluation.folds.length > 1;
  document.getElementById("report").replaceChildren(
    head(),
    headline(),
    element("div", { class: "sections" },
      accuracies(),
      confusion(),
      classes(),
      calibration(),
      evaluation.corpora.length > 1 ? corpora() : [],
      evaluation.sexes.length > 0 ? sexes() : [],
      evaluation.ages.length > 0 ? groups("Ages", "age", evaluation.ages,
        "Speakers by their age in years. In brackets the number of clips.") : null,
      evaluation.speakers.length === 0 ? null : groups("Speakers", "speaker", evaluation.speakers,
        "By unweighted accuracy, the worst first; in brackets the number of clips. Line and band: all clips, with its interval."),
      evaluation.sessions.length === 0 ? null : groups("Sessions", "session", evaluation.sessions,
        "In brackets the number of clips. Line and band: all clips, with its interval."),
      folds ? groups("Folds", "fold", evaluation.folds,
        "Each fold by the model that never saw it; in brackets the number of clips.", "fold ") : null,
      evaluation.conditions.length > 1 ? conditions() : [],
      curves.length > 0 ? learning() : [],
      worst()));
  const drawOnScreen = () => draw((box) => box.clientWidth);
  // A page of paper is 640 pixels wide or a little more, in two columns.
  const drawOnPaper = () => draw((box) => (box.closest(".wide") ? 640 : 308));
  drawOnScreen();
  addEventListener("resize", drawOnScreen);
  addEventListener("beforeprint", drawOnPaper);
  addEventListener("afterprint", drawOnScreen);
})();
