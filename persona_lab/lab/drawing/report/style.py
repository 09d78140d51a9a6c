"""How a report looks, on light and dark screens of any width and on paper, and what its page may load: nothing."""

import base64
import hashlib
from typing import Final

STYLE: Final = """
:root {
  color-scheme: light dark;
  --ink: #1d1d1b; --faint: #66645f; --line: #dedbd3; --ground: #fffefb; --accent: #2b5c8a; --empty: #d9d6cd;
}
@media (prefers-color-scheme: dark) {
  :root { --ink: #e9e6df; --faint: #a3a097; --line: #3a3935; --ground: #191917; --accent: #8db9e2; --empty: #45443f; }
}
* { box-sizing: border-box; }
html { background: var(--ground); color: var(--ink); -webkit-text-size-adjust: 100%; }
body {
  max-width: 44rem; margin: 0 auto; padding: 5rem 1.5rem 6rem;
  font: 1.0625rem/1.65 "Iowan Old Style", "Palatino Linotype", Palatino, Georgia, "AppleMyungjo", "Nanum Myeongjo",
    "Noto Serif KR", "Noto Serif CJK KR", Batang, serif;
  overflow-wrap: anywhere; text-wrap: pretty;
}
:lang(ko) { word-break: keep-all; line-height: 1.75; }
.plain, .kicker, nav, .brief h2, small, .source, .chart, h4, dl, table, summary, figcaption, .support, .about, h3,
footer {
  font-family: system-ui, -apple-system, "Segoe UI", "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans KR",
    "Noto Sans CJK KR", sans-serif;
}
.kicker { margin: 0; color: var(--faint); font-size: .875rem; }
h1 { margin: .2rem 0 2.2rem; font-size: 2.5rem; font-weight: 500; line-height: 1.15; text-wrap: balance; }
h2 { margin: 4.5rem 0 1.2rem; font-size: 1.5rem; font-weight: 500; line-height: 1.25; }
h3 { margin: 0; font-size: 1.0625rem; font-weight: 600; line-height: 1.45; }
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: .18em; }
a:focus-visible, summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.5rem; margin: 0; font-size: .9375rem; }
dt { color: var(--faint); }
dd { margin: 0; }
.counts { display: flex; flex-wrap: wrap; gap: 1rem 3rem; margin: 2.5rem 0 0; padding: 1.2rem 0; list-style: none;
  border-block: 1px solid var(--line); }
.counts b { display: block; font-size: 1.75rem; font-weight: 500; line-height: 1.2;
  font-variant-numeric: tabular-nums; }
.counts span { color: var(--faint); font-size: .875rem; }
.finding { padding: 1.1rem 0 1.2rem; border-top: 1px solid var(--line); break-inside: avoid-page; }
.support { display: flex; flex-wrap: wrap; align-items: center; gap: .2rem .8rem; margin: .3rem 0 0;
  color: var(--faint); font-size: .875rem; }
.support svg { height: .6rem; fill: var(--empty); }
.support .on { fill: var(--accent); }
details { margin-top: .5rem; }
summary { width: max-content; color: var(--faint); font-size: .875rem; cursor: pointer; }
details ul { margin: .4rem 0 0; padding-inline-start: 1.2rem; }
details small { color: var(--faint); }
figure { margin: .9rem 0 0; padding-inline-start: 1.1rem; border-inline-start: 2px solid var(--line); }
blockquote { margin: 0; }
figcaption { color: var(--faint); font-size: .875rem; }
nav { margin-top: 2.5rem; }
nav ol { margin: .6rem 0 0; padding: 0; list-style: none; columns: 2; column-gap: 3rem; font-size: .9375rem; }
nav li { display: flex; gap: .6rem; justify-content: space-between; padding: .15rem 0; break-inside: avoid; }
nav span { color: var(--faint); font-variant-numeric: tabular-nums; }
nav h2, .brief h2 { margin: 0; font-size: 1.0625rem; font-weight: 600; }
.brief { margin-top: 2.5rem; }
.brief ol { margin: .6rem 0 0; padding-inline-start: 1.4rem; }
.brief li { margin: .35rem 0; }
.brief small { color: var(--faint); white-space: nowrap; }
.source { margin: .6rem 0 0; color: var(--faint); font-size: .875rem; }
p + h3, .scroll + h3 { margin-top: 1.8rem; }
.said + h3 { margin: 2.5rem 0 .6rem; }
.persona { display: grid; grid-template-columns: 4.5rem 1fr; gap: 0 1.2rem; padding: 1.4rem 0; border-top: 1px solid
  var(--line); }
.persona img { width: 4.5rem; height: 4.5rem; border-radius: .6rem; }
.persona > * { grid-column: 2; }
.persona > img { grid-column: 1; grid-row: 1 / span 20; }
.persona h3 + .about { margin-bottom: .4rem; }
.persona h4 { margin: .9rem 0 0; color: var(--faint); font-size: .875rem; font-weight: 500; }
.persona ul { margin: .2rem 0 0; padding-inline-start: 1.2rem; }
.persona li { margin: .3rem 0; }
.persona small { color: var(--faint); }
.chart { max-width: 100%; height: auto; margin-top: 1rem; }
.said { margin: 0; padding: .7rem 0; border-top: 1px solid var(--line); scroll-margin-top: 1rem; }
.said p { margin: 0; }
.said .asked { color: var(--faint); font-size: .9375rem; }
.said .about { margin: 0 0 .2rem; }
.said:target { background: color-mix(in srgb, var(--accent) 9%, transparent); }
mark { background: color-mix(in srgb, var(--accent) 22%, transparent); color: inherit; padding: .05em .1em; }
.number { text-align: end; font-variant-numeric: tabular-nums; }
.interview { padding: 1.2rem 0; border-top: 1px solid var(--line); break-inside: avoid-page; scroll-margin-top: 1rem; }
.interview:target { background: color-mix(in srgb, var(--accent) 9%, transparent); box-shadow: 0 0 0 .8rem
  color-mix(in srgb, var(--accent) 9%, transparent); }
.about { margin: .1rem 0 .6rem; color: var(--faint); font-size: .875rem; }
.interview p:last-child { margin-bottom: 0; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .8125rem; line-height: 1.45; overflow-wrap: normal; }
.made td:first-child { min-width: 8rem; }
.made td:nth-child(3) { min-width: 5.5rem; }
.made td:last-child { min-width: 15rem; }
th, td { padding: .45rem 1rem .45rem 0; border-bottom: 1px solid var(--line); text-align: start; vertical-align: top; }
th { color: var(--faint); font-weight: 500; }
code { font: .95em/1.4 ui-monospace, "SF Mono", Consolas, monospace; }
.made td:last-child code { word-break: break-all; }
footer { margin-top: 3rem; color: var(--faint); font-size: .8125rem; }
@media (max-width: 32rem) {
  body { padding-top: 2.5rem; }
  h1 { font-size: 2rem; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .6rem; }
  .counts { gap: 1rem 2rem; }
  nav ol { columns: 1; }
  .persona { grid-template-columns: 3.5rem 1fr; }
  .persona > * { grid-column: 1 / -1; }
  .persona > h3, .persona > h3 + .about { grid-column: 2; }
  .persona > img { grid-row: 1 / span 2; width: 3.5rem; height: 3.5rem; }
}
@media print {
  :root {
    color-scheme: light;
    --ink: #000; --faint: #555; --line: #ccc; --ground: #fff; --accent: #000; --empty: #ccc;
  }
  @page { margin: 2cm; }
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  h2, h3, h4, .about { break-after: avoid-page; }
  h2 { margin-top: 2.2rem; }
  .said { padding: .4rem 0; break-inside: avoid-page; font-size: 9pt; line-height: 1.5; }
  a { color: inherit; text-decoration: none; }
  details:not(.alone)::details-content { content-visibility: visible; block-size: auto; }
  summary { list-style: none; }
  svg { print-color-adjust: exact; }
}
"""

# The one style sheet is allowed by its hash, so no text that got into the page could bring a second.
STYLE_HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
# Personas' pictures stand in the page itself.
POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; img-src data:; base-uri 'none'; form-action 'none'"
)
