// The style sheet. Constant: nothing of a report is put into it, and its hash stands in the page's policy.
import { DARK, LIGHT, variables } from './theme.ts';

export const STYLE = `
:root{color-scheme:light dark;${variables(LIGHT)};--mono:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace}
@media screen and (prefers-color-scheme:dark){:root{${variables(DARK)}}}
*{box-sizing:border-box}
html{scroll-padding-top:4.5rem;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans",Arial,sans-serif;overflow-wrap:anywhere}
header,main,footer{max-width:76rem;margin:0 auto;padding:0 1.5rem}
a{color:var(--link);text-underline-offset:.15em}
a:focus-visible,button:focus-visible,input:focus-visible,summary:focus-visible,[tabindex]:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:3px}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:.5rem;padding:.4rem .8rem;background:var(--page);z-index:9}
.brand{margin:1.6rem 0 0;font-weight:700;letter-spacing:.01em}
.brand span,.muted{color:var(--muted);font-weight:400}
h1{margin:.4rem 0 .7rem;padding-left:1rem;border-left:5px solid var(--good);font-size:1.45rem;line-height:1.35;font-weight:650;max-width:60rem;text-wrap:pretty}
h1.error{border-color:var(--error)}h1.warning{border-color:var(--warning)}h1.info{border-color:var(--info)}
h2{margin:3rem 0 .8rem;font-size:1.3rem;line-height:1.3}
h3{margin:2.2rem 0 .2rem;padding-top:.5rem;border-top:2px solid var(--text);font-size:1.12rem}
h4{margin:1.6rem 0 .2rem;font-size:1rem}
h5{margin:0 0 .2rem;font-size:1rem;font-weight:600;line-height:1.45;text-wrap:pretty}
p{margin:.35rem 0;max-width:52rem}
ul{margin:.3rem 0;padding-left:1.2rem}
code,.n{font-family:var(--mono);font-size:.86em}
.totals{color:var(--muted)}
.totals b{color:var(--text)}
nav{display:flex;flex-wrap:wrap;gap:.3rem 1.3rem;margin:1.2rem 0 0;padding:.5rem 0;border-top:1px solid var(--line);border-bottom:1px solid var(--line)}
.sev{font-weight:700;white-space:nowrap}
.sev svg{display:inline-block;width:.8em;height:.8em;margin-right:.35em;vertical-align:-.06em;fill:currentColor}
.sev.error{color:var(--error)}.sev.warning{color:var(--warning)}.sev.info{color:var(--info)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;margin:.6rem 0}
th,td{padding:.3rem .9rem .3rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
th{color:var(--muted);font-weight:500;font-size:.87rem}
tbody th{color:var(--text);font-weight:600;font-size:1em}
.r{text-align:right;white-space:nowrap}
th{white-space:nowrap}
td.w,th.w{white-space:nowrap}
dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.15rem .9rem;margin:.5rem 0;max-width:52rem}
dt{color:var(--muted)}dd{margin:0}
.why{margin:.7rem 0}
.bar{position:sticky;top:0;z-index:5;display:none;flex-wrap:wrap;gap:.4rem 1.1rem;align-items:center;padding:.55rem 0;background:var(--page);border-bottom:1px solid var(--line)}
.js .bar{display:flex}
.bar input[type=search]{flex:1 1 14rem;max-width:26rem;padding:.35rem .6rem;font:inherit;color:inherit;background:var(--page);border:1px solid var(--muted);border-radius:5px}
.bar ::placeholder{color:var(--muted);opacity:1}
.bar label{white-space:nowrap}
.bar kbd{padding:0 .3em;border:1px solid var(--line);border-radius:3px;font-family:var(--mono);font-size:.82em}
article{margin:1rem 0;padding:1rem 1.2rem 1.1rem;background:var(--panel);border:1px solid var(--line);border-radius:8px}
article:target,tr:target td{outline:2px solid var(--link);outline-offset:-1px}
.facts{margin:0 0 .5rem;color:var(--muted);font-size:.9rem}
.facts>*{margin-right:1rem;white-space:nowrap}
article table{font-size:.9rem;width:100%}
article td:last-child,article th:last-child{padding-right:0}
.filter{display:flex;gap:.6rem;align-items:flex-start;margin:.7rem 0 0}
.filter code{flex:0 1 auto;padding:.28rem .55rem;background:var(--page);border:1px solid var(--line);border-radius:5px}
button{display:none;padding:.22rem .7rem;font:inherit;font-size:.86rem;color:var(--link);background:var(--page);border:1px solid var(--muted);border-radius:5px;cursor:pointer;white-space:nowrap}
.js button{display:inline-block}
button:hover{border-color:var(--link)}
.brief{font-size:.9rem;width:100%}
figure{margin:1rem 0 0}
figcaption{margin:.2rem 0 0;color:var(--muted);font-size:.86rem;max-width:52rem}
figure svg{display:block;max-width:none}
svg text{fill:var(--text);font:11.5px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans",Arial,sans-serif}
figure .m{fill:var(--muted)}
figure .c{font-family:var(--mono);font-size:10.5px;fill:var(--muted)}
figure .b{font-weight:650}
figure .e{text-anchor:end}figure .mid{text-anchor:middle}
figure .bad{fill:var(--error)}
figure path{stroke:var(--text);stroke-width:1.3;fill:none}
figure .life{stroke:var(--muted);stroke-width:1}
figure .gone{stroke-dasharray:2 4}
figure .rst{stroke:var(--error);stroke-width:2}
figure .fin{stroke-width:2}
figure .ev{fill:var(--mark)}
figure .axis{stroke:var(--line);stroke-width:1}
figure .reuse{fill:var(--reuse)}figure .close{fill:var(--close)}figure .bars{fill:var(--bar)}
figure .solid{stroke:none}figure .unanswered{stroke:var(--error);stroke-width:1.5;fill:var(--page)}
figure .band{fill:var(--band)}
figure .limit{stroke:var(--error);stroke-width:2}
figure .client{stroke:var(--info);stroke-width:2;stroke-dasharray:5 3}
figure .halo{paint-order:stroke;stroke:var(--page);stroke-width:7px;stroke-linejoin:round}
svg a text{fill:var(--link);text-decoration:underline}
.wide{border-bottom:1px solid var(--line);padding-bottom:1rem}
summary{cursor:pointer;color:var(--link);width:max-content}
#said{position:fixed;right:1rem;bottom:1rem;margin:0;padding:.4rem .9rem;background:var(--text);color:var(--page);border-radius:6px}
#said:empty{display:none}
footer{margin-top:3rem;padding-bottom:2rem;color:var(--muted);font-size:.9rem}
[hidden]{display:none!important}
@media (min-width:78rem){article.drawn{display:grid;grid-template-columns:minmax(0,1fr) 560px;column-gap:2rem}article.drawn>figure{margin:0}article.drawn>h5,article.drawn>.facts{grid-column:1/-1}.pair{display:grid;grid-template-columns:640px minmax(0,1fr);column-gap:2rem}}
@media (max-width:40rem){header,main,footer{padding:0 .9rem}h1{font-size:1.2rem}article{margin:1rem -.4rem;padding:.8rem .8rem 1rem}.filter{flex-wrap:wrap}dl{grid-template-columns:1fr;gap:0}dd{margin:0 0 .35rem}.bar kbd,.keys{display:none}.bar{position:static}html{scroll-padding-top:1rem}}
@media print{body{font-size:10pt}header,main,footer{max-width:none;padding:0}.skip,.bar,button,nav,#said,.js button,.js .bar{display:none!important}article{background:none;break-inside:avoid;margin:.6rem 0}article.drawn{display:block}h2,h3,h4,h5{break-after:avoid}.group>p,.why{break-after:avoid}tr,figure{break-inside:avoid}.scroll{overflow:visible}figure svg{max-width:100%;height:auto}a{color:inherit;text-decoration:none}[hidden]{display:revert!important}}
@media (forced-colors:active){figure path{stroke:CanvasText}svg text{fill:CanvasText}}
`;
