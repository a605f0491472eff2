"""How pages that commands write look: light and dark, nothing fetched."""

PAPER = """\
:root { color-scheme: light dark; --ink: #1c1d21; --soft: #6b6e78; --line: #dfe1e6; --paper: #fbfbfa; --card: #fff }
@media (prefers-color-scheme: dark) { :root { --ink: #ececee; --soft: #9a9da8; --line: #33353d; --paper: #15161a;
  --card: #1d1f25 } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 62rem; padding: 3rem 1.5rem 5rem; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, sans-serif; font-variant-numeric: tabular-nums }
h1 { font-size: 2rem; line-height: 1.15; margin: 0 0 .3rem; letter-spacing: -.02em }
h2 { font-size: 1.1rem; margin: 2.6rem 0 .8rem } p { margin: .3rem 0; color: var(--soft); max-width: 46rem }
figure { margin: 0; padding: 1.2rem; background: var(--card); border: 1px solid var(--line); border-radius: 12px }
figcaption { color: var(--soft); font-size: .9rem; margin-top: .6rem }
.pair { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(22rem, 1fr)) }
svg { display: block; width: 100%; height: auto } svg text { fill: var(--soft); font: 12px system-ui, sans-serif }
svg .value { fill: var(--ink) } svg .axis { stroke: var(--line) } svg .name { fill: var(--ink); font-size: 13px }
table { width: 100%; border-collapse: collapse; font-size: .92rem } .scroll { overflow-x: auto }
th, td { padding: .38rem .6rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap }
th { color: var(--soft); font-weight: 500 } th:first-child, td:first-child { text-align: left }
tr.stage td:first-child { padding-left: 1.6rem; color: var(--soft) }
.key i { display: inline-block; width: .75em; height: .75em; border-radius: 3px; margin: 0 .35em 0 1em }
"""
