import { Html } from './html';

/** The page's only style. Colours are told apart without seeing red and green (Okabe and Ito's palette). */
export const STYLE = new Html(`
:root{color-scheme:light dark;--page:#f4f5f8;--card:#fff;--text:#1b1f2a;--soft:#566072;--line:#dde1e9;--link:#0b5cad;
--delivered:#0072b2;--dead:#c2410c;--waiting:#b27600;--closed:#8b93a3;--good:#0f6b4f;--good-bg:#e2f4ec;--bad:#a6330a;--bad-bg:#fdeae3;--warn:#7a5200;--warn-bg:#fcf1d9;--code:#f4f5f8;--focus:#0b5cad}
@media (prefers-color-scheme:dark){:root{--page:#14161c;--card:#1d2029;--text:#e8eaf0;--soft:#a5adbd;--line:#343946;--link:#7cb8f5;
--delivered:#56b4e9;--dead:#f0805a;--waiting:#e8b23a;--closed:#7d8596;--good:#7fdcb8;--good-bg:#143529;--bad:#ffab8f;--bad-bg:#43200f;--warn:#f3cc6f;--warn-bg:#3a2d0c;--code:#14161c;--focus:#7cb8f5}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;-webkit-text-size-adjust:100%}
main,header{max-width:1180px;margin:0 auto;padding:0 20px}
header{display:flex;flex-wrap:wrap;gap:8px 20px;align-items:baseline;padding-top:22px;padding-bottom:12px}
h1{font-size:24px;margin:0;letter-spacing:-.01em}
h2{font-size:16px;margin:0 0 10px}
h3{font-size:14px;margin:0}
p{margin:0}
a{color:var(--link)}
.soft,small{color:var(--soft);font-size:13px}
.skip{position:absolute;left:-999px}.skip:focus{left:8px;top:8px;background:var(--card);padding:8px}
:focus-visible{outline:2px solid var(--focus);outline-offset:2px}
nav{display:flex;flex-wrap:wrap;gap:4px}
nav a{padding:5px 11px;border-radius:7px;text-decoration:none;color:var(--text);border:1px solid transparent}
nav a:hover{border-color:var(--line)}
nav a[aria-current]{background:var(--text);color:var(--card)}
header .right{margin-left:auto;display:flex;flex-wrap:wrap;gap:6px 16px;align-items:baseline}
section,.filters,.notice{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:16px 18px;margin:0 0 14px}
.filters{display:flex;flex-wrap:wrap;gap:10px 12px;align-items:end;padding:12px 18px}
.filters label{display:flex;flex-direction:column;gap:3px;font-size:13px;color:var(--soft);flex:1 1 150px;min-width:0}
input,select,button{font:inherit;color:var(--text);background:var(--card);border:1px solid var(--line);border-radius:7px;padding:6px 10px;min-height:36px;min-width:0}
input,select{width:100%;border-color:var(--closed)}
input[type=checkbox]{width:18px;min-height:18px;height:18px;margin:0;flex:none}
button{cursor:pointer;font-weight:600;border-color:var(--closed);white-space:nowrap}
button:hover{border-color:var(--text)}
button.main{background:var(--text);color:var(--card);border-color:var(--text)}
.notice{display:flex;gap:10px;font-weight:600}
.notice.done{background:var(--good-bg);color:var(--good);border-color:var(--good)}
.notice.refused{background:var(--bad-bg);color:var(--bad);border-color:var(--bad)}
.notice.plain{background:var(--warn-bg);color:var(--warn);border-color:var(--warn);font-weight:400}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(200px,1fr));gap:14px;margin-bottom:14px}
.cards section{margin:0}
.cards h2{font-size:13px;font-weight:600;color:var(--soft);margin:0}
.cards .big{font-size:28px;font-weight:650;letter-spacing:-.02em;line-height:1.3;font-variant-numeric:tabular-nums}
.grid2{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,430px),1fr));gap:14px;margin-bottom:14px}
.grid2 section{margin:0;min-width:0}
.head{display:flex;flex-wrap:wrap;gap:4px 14px;align-items:baseline;justify-content:space-between;margin-bottom:10px}
.head h2{margin:0}
.legend{display:flex;flex-wrap:wrap;gap:2px 14px;font-size:13px;color:var(--soft)}
.legend i{display:inline-block;width:10px;height:10px;border-radius:3px;margin-right:5px;background:currentColor}
.legend i.bar{height:0;width:16px;background:none;border-top:3px solid;border-radius:0;vertical-align:middle}
.legend i.dots{border-top-style:dotted}
.chart{display:grid;grid-template-columns:auto 1fr;gap:6px 8px;padding-top:8px}
.chart svg{width:100%;height:170px;overflow:visible;display:block}
.chart .side{position:relative;width:46px;font-size:12px;color:var(--soft)}
.chart .side span{position:absolute;right:0;transform:translateY(50%);white-space:nowrap;line-height:1}
.chart .below{grid-column:2;display:flex;justify-content:space-between;font-size:12px;color:var(--soft);font-variant-numeric:tabular-nums}
.grid{stroke:var(--line);stroke-width:1;vector-effect:non-scaling-stroke}
.aim{stroke:var(--bad);stroke-width:1.5;stroke-dasharray:5 4;vector-effect:non-scaling-stroke}
.line{fill:none;stroke-width:2;vector-effect:non-scaling-stroke;stroke-linecap:round;stroke-linejoin:round}
.line.rate,.line.p95{stroke:var(--delivered);stroke-width:2.5}
.line.p50{stroke:var(--closed)}
.line.p99{stroke:var(--waiting);stroke-dasharray:1 5;stroke-width:2.5}
rect.delivered{fill:var(--delivered)}rect.dead{fill:var(--dead)}rect.waiting{fill:var(--waiting)}rect.closed{fill:var(--closed)}
rect.hit{fill:transparent}g:hover rect.hit{fill:var(--closed);opacity:.15}
.delivered-c{color:var(--delivered)}.dead-c{color:var(--dead)}.waiting-c{color:var(--waiting)}.closed-c{color:var(--closed)}
.none{display:flex;align-items:center;justify-content:center;min-height:120px;color:var(--soft);text-align:center;padding:10px}
.none.small{min-height:64px}
.lying{margin:0;display:grid;gap:7px}
.lying div{display:grid;grid-template-columns:82px 1fr;gap:10px;align-items:center}
.lying dt{font-size:13px;color:var(--soft)}
.lying dd{margin:0;display:grid;grid-template-columns:1fr 110px;gap:10px;align-items:center;font-size:13px;font-variant-numeric:tabular-nums}
.lying svg{width:100%;height:14px;display:block}
table{width:100%;border-collapse:collapse;font-variant-numeric:tabular-nums}
th{text-align:left;font-size:13px;font-weight:600;color:var(--soft);padding:4px 12px 6px 0;border-bottom:1px solid var(--line)}
td{padding:8px 12px 8px 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
tr:last-child td{border-bottom:0}
.n{text-align:right}th.n,td.n{padding-right:18px;white-space:nowrap}
.badge{display:inline-block;border-radius:999px;padding:1px 9px;font-size:13px;font-weight:600;white-space:nowrap;background:var(--page);color:var(--soft);border:1px solid var(--line)}
.badge.good{background:var(--good-bg);color:var(--good);border-color:transparent}
.badge.bad{background:var(--bad-bg);color:var(--bad);border-color:transparent}
.badge.warn{background:var(--warn-bg);color:var(--warn);border-color:transparent}
ul.list{list-style:none;margin:0;padding:0}
ul.list>li{display:grid;grid-template-columns:minmax(0,1fr) 84px;gap:12px;align-items:start;border-top:1px solid var(--line);padding:8px 0}
ul.list>li:first-child{border-top:0}
ul.list details{min-width:0}
ul.list>li>form{text-align:right}
summary{cursor:pointer;border-radius:6px}
ul.list summary{display:grid;grid-template-columns:16px minmax(0,1.3fr) minmax(0,1fr) 130px;gap:2px 12px;align-items:baseline;list-style:none;padding:4px 0}
summary::-webkit-details-marker{display:none}
ul.list summary::before{content:"▸";color:var(--soft)}
ul.list details[open]>summary::before{content:"▾"}
ul.list summary b{font-weight:600}
ul.list summary span{overflow-wrap:anywhere;min-width:0}
ul.list summary .when{text-align:right;color:var(--soft);font-size:13px}
.detail{padding:8px 0 6px 28px}
.detail dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:3px 16px;margin:0 0 10px;font-size:14px}
.detail dt{color:var(--soft)}.detail dd{margin:0;overflow-wrap:anywhere}
pre{margin:4px 0 12px;padding:10px 12px;background:var(--code);border:1px solid var(--line);border-radius:8px;font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;white-space:pre-wrap;overflow-wrap:anywhere;max-height:340px;overflow:auto}
.many{border-top:1px solid var(--line);margin-top:8px;padding-top:12px}
.many form{display:flex;flex-wrap:wrap;gap:8px 14px;align-items:center;padding-top:10px}
.many label{display:flex;gap:8px;align-items:center}
.table{margin-top:10px;font-size:13px}
.table summary{color:var(--soft);width:max-content}
.table .wide{overflow-x:auto}
.table td,.table th{padding:3px 12px 3px 0;white-space:nowrap}
progress{width:100%;height:10px;accent-color:var(--delivered)}
.pages{display:flex;gap:16px;padding-top:10px}
footer{max-width:1180px;margin:0 auto;padding:4px 20px 30px;color:var(--soft);font-size:13px}
@media (max-width:640px){main,header,footer{padding-left:12px;padding-right:12px}
header .right{margin-left:0;width:100%;justify-content:space-between}
section,.filters,.notice{padding:14px}
.cards{grid-template-columns:1fr 1fr;gap:10px}.cards .big{font-size:23px}
.grid2{gap:10px}
.stack thead{position:absolute;left:-9999px}
.stack tr{display:block;border-bottom:1px solid var(--line);padding:8px 0}.stack tr:last-child{border-bottom:0}
.stack td{display:flex;justify-content:space-between;gap:14px;border:0;padding:2px 0;text-align:right;white-space:normal}
.stack td::before{content:attr(data-label);color:var(--soft);font-size:13px;text-align:left;flex:none}
.stack td:first-child{font-weight:600;text-align:left}.stack td:first-child::before{content:none}
ul.list>li{grid-template-columns:minmax(0,1fr);gap:4px}
ul.list summary{grid-template-columns:16px minmax(0,1fr)}ul.list summary>*{grid-column:2}ul.list summary::before{grid-row:1}
ul.list summary .when{text-align:left}
.detail{padding-left:0}.detail dl{grid-template-columns:76px minmax(0,1fr);gap:3px 10px}
ul.list>li>form{margin-left:28px;text-align:left}}
@media (prefers-reduced-motion:no-preference){a,button{transition:border-color .12s}}
`);
