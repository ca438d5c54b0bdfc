/** How the pages look: as the web client does, in the same colours. Dark and light sit side by side. */
export const css = `*,
*::before,
*::after {
  box-sizing: border-box;
}
* {
  margin: 0;
}
:root {
  color-scheme: light dark;
  --canvas: light-dark(oklch(0.968 0.006 265), oklch(0.175 0.012 265));
  --surface: light-dark(oklch(1 0 0), oklch(0.212 0.014 265));
  --sunken: light-dark(oklch(0.957 0.007 265), oklch(0.26 0.016 265));
  --hover: light-dark(oklch(0.97 0.006 265), oklch(0.25 0.016 265));
  --line: light-dark(oklch(0.918 0.008 265), oklch(0.295 0.016 265));
  --line-strong: light-dark(oklch(0.66 0.02 265), oklch(0.52 0.02 265));
  --ink: light-dark(oklch(0.24 0.025 268), oklch(0.945 0.006 265));
  --ink-soft: light-dark(oklch(0.465 0.022 268), oklch(0.745 0.014 265));
  --accent: light-dark(oklch(0.505 0.18 268), oklch(0.735 0.13 270));
  --accent-hover: light-dark(oklch(0.455 0.18 268), oklch(0.79 0.11 270));
  --on-accent: light-dark(oklch(1 0 0), oklch(0.18 0.03 268));
  --good: light-dark(oklch(0.45 0.12 152), oklch(0.8 0.13 152));
  --good-soft: light-dark(oklch(0.955 0.03 152), oklch(0.29 0.045 152));
  --bad: light-dark(oklch(0.52 0.19 25), oklch(0.74 0.14 22));
  --bad-soft: light-dark(oklch(0.955 0.022 20), oklch(0.29 0.05 22));
  --on-bad: light-dark(oklch(1 0 0), oklch(0.18 0.03 22));
  --shadow:
    0 2px 6px light-dark(oklch(0.3 0.04 265 / 0.08), oklch(0 0 0 / 0.35)),
    0 12px 32px light-dark(oklch(0.3 0.04 265 / 0.12), oklch(0 0 0 / 0.45));
}
body {
  display: grid;
  grid-template-columns: minmax(0, 1fr);
  align-items: safe center;
  justify-items: center;
  min-block-size: 100dvb;
  padding: 16px;
  font-family:
    system-ui, "Segoe UI", Roboto, "Noto Sans", "Noto Sans Hebrew", "Noto Sans Arabic", "Noto Color Emoji", sans-serif;
  font-size: 0.9375rem;
  line-height: 1.5;
  color: var(--ink);
  background:
    radial-gradient(60rem 30rem at 50% -12rem, color-mix(in oklch, var(--accent) 14%, transparent), transparent),
    var(--canvas);
  -webkit-font-smoothing: antialiased;
}
.card {
  inline-size: min(400px, 100%);
  padding: 32px;
  border: 1px solid var(--line);
  border-radius: 20px;
  background: var(--surface);
  box-shadow: var(--shadow);
  overflow-wrap: anywhere;
}
.card.wide {
  inline-size: min(640px, 100%);
}
.logo {
  display: grid;
  place-items: center;
  inline-size: 48px;
  block-size: 48px;
  margin-block-end: 16px;
  border-radius: 14px;
  background: var(--accent);
  color: var(--on-accent);
}
h1 {
  font-size: 1.375rem;
  font-weight: 680;
  line-height: 1.3;
}
h1 + .lead {
  margin-block-start: 4px;
}
h2 {
  margin-block: 28px 8px;
  font-size: 1.0625rem;
  font-weight: 650;
}
.lead,
.hint,
.meta {
  color: var(--ink-soft);
}
.hint,
.meta {
  font-size: 0.8125rem;
}
form {
  display: grid;
  grid-template-columns: minmax(0, 1fr);
  gap: 16px;
  margin-block-start: 24px;
}
.field {
  display: grid;
  grid-template-columns: minmax(0, 1fr);
  gap: 6px;
}
label {
  font-size: 0.8125rem;
  font-weight: 600;
}
input:not([type="hidden"], [type="checkbox"]) {
  inline-size: 100%;
  min-block-size: 44px;
  padding-inline: 12px;
  border: 1px solid var(--line-strong);
  border-radius: 10px;
  font: inherit;
  color: inherit;
  background: var(--surface);
}
input.code {
  font-size: 1.375rem;
  font-variant-numeric: tabular-nums;
  letter-spacing: 0.12em;
  text-align: center;
  text-transform: uppercase;
}
:focus-visible {
  outline: 2px solid var(--accent);
  outline-offset: 1px;
}
.check {
  display: flex;
  gap: 10px;
  align-items: start;
  font-size: 0.875rem;
  font-weight: 400;
}
.check input {
  inline-size: 18px;
  block-size: 18px;
  margin-block-start: 2px;
  accent-color: var(--accent);
}
.button {
  display: inline-flex;
  align-items: center;
  justify-content: center;
  min-block-size: 44px;
  padding-inline: 16px;
  border: 1px solid transparent;
  border-radius: 10px;
  font: inherit;
  font-size: 0.875rem;
  font-weight: 600;
  text-decoration: none;
  color: var(--on-accent);
  background: var(--accent);
  white-space: nowrap;
  overflow-wrap: normal;
  cursor: pointer;
}
.button:hover {
  background: var(--accent-hover);
}
.button.quiet {
  border-color: var(--line-strong);
  color: var(--ink);
  background: var(--surface);
}
.button.quiet:hover {
  background: var(--hover);
}
.button.grave {
  color: var(--on-bad);
  background: var(--bad);
}
.button.small {
  flex: none;
  min-block-size: 36px;
  padding-inline: 12px;
}
.actions {
  display: grid;
  gap: 10px;
}
.other {
  margin-block-start: 20px;
  text-align: center;
  font-size: 0.875rem;
  color: var(--ink-soft);
}
a:not(.button) {
  border-radius: 6px;
  font-weight: 600;
  color: var(--accent);
  text-decoration: none;
}
a:not(.button):hover {
  text-decoration: underline;
  text-underline-offset: 3px;
}
.refusal,
.done {
  margin-block-start: 16px;
  padding: 8px 12px;
  border-radius: 10px;
  font-size: 0.875rem;
  color: var(--bad);
  background: var(--bad-soft);
}
.done {
  color: var(--good);
  background: var(--good-soft);
}
.person,
.facts {
  margin-block-start: 20px;
  padding: 12px 16px;
  border-radius: 12px;
  background: var(--sunken);
}
.facts {
  display: grid;
  gap: 8px;
}
.facts dt {
  font-size: 0.8125rem;
  color: var(--ink-soft);
}
.facts dd {
  margin: 0;
  font-weight: 600;
}
ul.facts {
  padding-inline-start: 32px;
}
.person strong {
  display: block;
}
.or {
  display: flex;
  gap: 12px;
  align-items: center;
  margin-block-start: 20px;
  font-size: 0.8125rem;
  color: var(--ink-soft);
}
.or::before,
.or::after {
  content: "";
  flex: 1;
  border-block-start: 1px solid var(--line);
}
.or + .button {
  inline-size: 100%;
  margin-block-start: 16px;
}
.rows {
  padding: 0;
  list-style: none;
}
.rows > li {
  display: flex;
  gap: 12px;
  align-items: center;
  justify-content: space-between;
  padding-block: 12px;
  border-block-start: 1px solid var(--line);
}
.rows > li:first-child {
  border-block-start: 0;
}
.rows form {
  margin: 0;
}
/* A name runs in its own direction and still begins where the page's lines begin. */
dd[dir],
h1[dir],
strong[dir="auto"] {
  text-align: -webkit-match-parent;
  text-align: match-parent;
}
.rows strong {
  display: block;
  font-weight: 600;
}
@media (max-width: 420px) {
  .card {
    padding: 24px 20px;
  }
}
`
