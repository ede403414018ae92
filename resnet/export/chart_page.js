const chart = document.getElementById("chart");
const figures = Object.fromEntries(
  ["light", "dark"].map((look) => [look, JSON.parse(document.getElementById(look).textContent)]),
);
const dark = matchMedia("(prefers-color-scheme: dark)");
const options = {
  responsive: true,
  displaylogo: false,
  // all that there are: Plotly's own list has one that sends the numbers to a server
  modeBarButtons: [["toImage"], ["zoom2d", "pan2d", "resetScale2d"]],
  toImageButtonOptions: { format: "svg", filename: chart.dataset.name },
};
const draw = () => {
  const { data, layout } = figures[dark.matches ? "dark" : "light"];
  return Plotly.react(chart, data, { ...layout, autosize: true }, options);
};
document.documentElement.classList.add("drawn");
draw();
dark.addEventListener("change", draw);
