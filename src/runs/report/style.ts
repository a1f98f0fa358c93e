import { hueColours } from '../../evaluation/curve-styles';

const variables = (side: 0 | 1): string =>
  Object.entries(hueColours)
    .map(([hue, colours]) => `--${hue}:${colours[side]};`)
    .join('');

/** The ground and what stands on it, on the light page and on paper. */
export const lightInk = {
  ground: '#fbfbf9',
  text: '#1a1d21',
  soft: '#5b626b',
  rule: '#d9dade',
  grid: '#e7e8ea',
} as const;

const light = Object.entries(lightInk)
  .map(([name, colour]) => `--${name}:${colour};`)
  .join('');
const dark = `--ground:#111418;--text:#e6e8eb;--soft:#a2aab4;--rule:#343a42;--grid:#252a31;`;

/** The one style sheet of a report. Colours are classes: the policy allows no style attributes. */
export const REPORT_STYLE = `
:root{color-scheme:light dark;${light}${variables(0)}}
@media (prefers-color-scheme:dark){:root{${dark}${variables(1)}}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--text);
font:15px/1.5 Inter,system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1120px;margin:0 auto;padding:32px 24px 48px}
h1{font-size:29px;line-height:1.2;margin:0;overflow-wrap:anywhere}
h2{font-size:20px;margin:40px 0 8px;padding-top:16px;border-top:1px solid var(--rule)}
h3{font-size:16px;margin:24px 0 4px}
p{margin:8px 0;max-width:75ch;overflow-wrap:anywhere}
.sub,.note,figcaption,footer{color:var(--soft)}
.note,footer{font-size:13px}
footer{margin-top:48px;border-top:1px solid var(--rule);padding-top:8px}
.warn{border-left:3px solid var(--orange);padding-left:12px}
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(150px,1fr));gap:4px 24px;
margin:16px 0}
.tiles div{border-top:1px solid var(--rule);padding:6px 0}
.tiles dt{color:var(--soft);font-size:13px}
.tiles dd{margin:0;font-size:21px;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.facts div{display:grid;grid-template-columns:minmax(120px,220px) 1fr;gap:12px;padding:3px 0}
.facts dt{color:var(--soft)}
.facts dd{margin:0;overflow-wrap:anywhere}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(460px,100%),1fr));
gap:24px 32px;margin-top:12px}
figure{margin:0;min-width:0}
figcaption{font-size:13px}
figcaption strong{display:block;color:var(--text);font-size:15px;font-weight:600}
.key{display:flex;flex-wrap:wrap;gap:2px 14px;margin:2px 0;padding:0;list-style:none;font-size:13px}
.key li{display:flex;align-items:center;gap:5px;min-width:0;overflow-wrap:anywhere}
.key svg{width:26px;height:10px;flex:none}
svg.chart{display:block;width:100%;height:auto;overflow:visible}
svg text{font-variant-numeric:tabular-nums}
.scroll{overflow-x:auto;margin:8px 0}
table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums}
caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);
white-space:nowrap}
th,td{padding:4px 16px 4px 0;border-bottom:1px solid var(--rule);text-align:left;
vertical-align:top}
thead th{color:var(--soft);font-weight:500;vertical-align:bottom}
tbody th{font-weight:500}
td,th{max-width:340px;overflow-wrap:anywhere}
.n{text-align:right;white-space:nowrap}
.best{font-weight:700}
details{margin:6px 0}
summary{cursor:pointer;color:var(--soft);font-size:13px}
@media print{
@page{margin:14mm}
:root{color-scheme:light;--ground:#fff;--text:#000;--soft:#444;--rule:#bbb;--grid:#ddd;
${variables(0)}}
body{font-size:10.5pt}
main{max-width:none;padding:0}
.charts{grid-template-columns:1fr 1fr;gap:14px 20px}
figure,tr,.tiles div,.facts div{break-inside:avoid}
h2,h3{break-after:avoid}
.scroll{overflow:visible}
table{width:100%;font-size:8.5pt}
th,td{padding-right:8px}
.n{white-space:normal}
figure details{display:none}
details::details-content{content-visibility:visible;height:auto;display:block}
}
`;
