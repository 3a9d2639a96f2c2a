/* How the report looks: one style sheet, in pieces, for no string may be as long as all of it.
 *
 * The letters are those of report_kind_classes: o OK, r redirect, x other, b broken, f failed.
 * Colours never stand alone: each comes with a sign, a word or a pattern. */
#include "cmd/report_page_private.h"

const char *const report_style[] = {
    /* colours */
    ":root{color-scheme:light dark;--page:#fbfaf7;--ink:#1d1e20;--dim:#606268;--line:#e2dfd7;\n"
    "--soft:#f1efe9;--accent:#0b6e63;--wash:#0b6e6322;--o:#0b6e63;--r:#8a5e08;--x:#696b71;\n"
    "--b:#bb2d22;--f:#6a4596}\n"
    "@media(prefers-color-scheme:dark){:root{--page:#141619;--ink:#e8e6e1;--dim:#a2a4a9;\n"
    "--line:#2c2f34;--soft:#1d2024;--accent:#5cc9b6;--wash:#5cc9b62e;--o:#3fa796;--r:#e2b04a;\n"
    "--x:#8f9197;--b:#ff8b7b;--f:#c2a3f2}}\n",

    /* text */
    "*{box-sizing:border-box}\n"
    "html{-webkit-text-size-adjust:100%;text-size-adjust:100%;scroll-behavior:smooth}\n"
    "body{margin:0 auto;max-width:70rem;padding:2.5rem 1.5rem 3rem;background:var(--page);\n"
    "color:var(--ink);font:1rem/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',\n"
    "'Liberation Sans',Arial,sans-serif;font-variant-numeric:tabular-nums;\n"
    "overflow-wrap:anywhere}\n"
    "p{margin:.35rem 0}\n"
    "a{color:inherit;text-decoration-color:var(--line);text-decoration-thickness:1px;\n"
    "text-underline-offset:.2em;unicode-bidi:isolate}\n"
    "a:hover{color:var(--accent);text-decoration-color:currentColor}\n"
    "a:focus-visible,summary:focus-visible{outline:2px solid var(--accent);outline-offset:2px;\n"
    "border-radius:2px}\n"
    "small,.dim,.more{color:var(--dim)}\n"
    "small{font-size:.8125rem;unicode-bidi:isolate}\n"
    ".over{margin:0;color:var(--accent);font-size:.8125rem;font-weight:600;letter-spacing:.08em;\n"
    "text-transform:uppercase}\n"
    "h1{margin:.1rem 0 .6rem;font-size:clamp(1.75rem,1.2rem + 3vw,3rem);line-height:1.1;\n"
    "font-weight:700;letter-spacing:-.025em}\n"
    "h2{margin:0 0 .9rem;font-size:1.2rem;line-height:1.3;font-weight:650;letter-spacing:-.01em}\n"
    "h3{display:inline;margin:0;font-size:1rem;font-weight:600}\n"
    "section{margin-top:3rem;min-width:0}\n"
    "header+main>section:first-child{margin-top:2rem}\n"
    "footer{margin-top:3.5rem;padding-top:1rem;border-top:1px solid var(--line);color:var(--dim);\n"
    "font-size:.875rem}\n"
    "nav{display:flex;flex-wrap:wrap;gap:.3rem 1.25rem;margin-top:1.1rem;font-size:.9375rem}\n"
    "nav a{color:var(--accent);text-decoration:none}\n"
    "nav a:hover{text-decoration:underline}\n"
    ".state{margin-right:.3rem;color:var(--accent);font-weight:600}\n"
    ".state.cut{color:var(--r)}\n",

    /* outcomes */
    ".k{font-size:.8125rem;font-weight:600;white-space:nowrap}\n"
    ".k.o{color:var(--dim);font-weight:400}.k.r{color:var(--r)}.k.x{color:var(--x)}\n"
    ".k.b{color:var(--b)}.k.f{color:var(--f)}\n"
    "i.o,i.bar{background:var(--o)}i.r{background:var(--r)}i.x{background:var(--x)}\n"
    "i.b{background:repeating-linear-gradient(135deg,var(--b) 0 4px,var(--page) 4px 5.5px)}\n"
    "i.f{background:repeating-linear-gradient(90deg,var(--f) 0 3px,var(--page) 3px 5px)}\n",

    /* figures */
    ".figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(7.5rem,1fr));gap:0;\n"
    "margin:0 0 1.75rem;border-top:1px solid var(--line);border-bottom:1px solid var(--line)}\n"
    ".figures div{display:flex;flex-direction:column-reverse;justify-content:flex-end;\n"
    "padding:.9rem .75rem .9rem 0}\n"
    ".figures dt{color:var(--dim);font-size:.8125rem}\n"
    ".figures dd{margin:0;font-size:1.625rem;line-height:1.2;font-weight:600;\n"
    "letter-spacing:-.02em;white-space:nowrap}\n"
    ".figures .bad dd{color:var(--b)}\n"
    ".share{display:flex;gap:1px;height:.75rem;overflow:hidden;border-radius:3px}\n"
    ".share i{display:block;min-width:2px}\n"
    ".legend{display:flex;flex-wrap:wrap;gap:.2rem 1.5rem;margin:.6rem 0;padding:0;\n"
    "list-style:none}\n"
    ".legend i{display:inline-block;width:.7rem;height:.7rem;margin-right:.45rem;\n"
    "border-radius:2px}\n"
    ".legend .k{font-size:.9375rem}\n",

    /* charts */
    ".rate{margin:0}\n"
    ".plot{position:relative}\n"
    ".plot svg{display:block;width:100%;height:12rem;overflow:visible}\n"
    ".plot{padding-top:1.1rem}\n"
    ".plot span{position:absolute;left:0;color:var(--dim);font-size:.8125rem;line-height:1.3}\n"
    ".plot .top{top:0}.plot .half{bottom:6.55rem}\n"
    ".grid{stroke:var(--line)}.area{fill:var(--wash)}\n"
    ".line{fill:none;stroke:var(--accent);stroke-width:2;stroke-linejoin:round}\n"
    ".failed{stroke:var(--b);stroke-width:3}\n"
    ".plot path{vector-effect:non-scaling-stroke}\n"
    ".axis{display:flex;justify-content:space-between;color:var(--dim);font-size:.8125rem}\n"
    "figcaption{margin-top:.3rem;font-size:.875rem}\n"
    ".tick{display:inline-block;width:3px;height:.7rem;margin-right:.3rem;background:var(--b);\n"
    "vertical-align:-1px}\n"
    ".two{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:0 3.5rem}\n",

    /* tables and lists */
    ".bars{width:100%;border-collapse:collapse}\n"
    ".bars th,.bars td{padding:.35rem 0;border-top:1px solid var(--line);text-align:left;\n"
    "vertical-align:baseline;font-weight:400}\n"
    ".bars thead th,.bars thead td{padding:0 0 .3rem;border:0;color:var(--dim);\n"
    "font-size:.8125rem;white-space:nowrap}\n"
    ".bars tbody th{min-width:3rem;padding-right:1rem;white-space:nowrap}\n"
    ".bars .w{width:100%;vertical-align:middle}\n"
    ".bars .w .bar{height:.625rem;margin:0}\n"
    ".bars .n{padding-left:1rem;width:1%}\n"
    ".n.n{text-align:right;white-space:nowrap}\n"
    ".bar{display:block;height:3px;min-width:2px;margin-top:.3rem;border-radius:2px}\n"
    ".bars small{display:block}\n"
    ".list{margin:0;padding:0;list-style:none}\n"
    ".list>li{padding:.35rem 0;border-top:1px solid var(--line)}\n"
    ".item .list{padding:.2rem 0 .4rem 1.15rem;font-size:.9375rem}\n"
    ".item .list>li{padding:.1rem 0;border:0}\n"
    ".item>summary,div.item{display:flex;gap:1rem;align-items:baseline}\n"
    ".item .p{flex:1;min-width:0;padding-left:1.15rem}\n"
    ".item .n{color:var(--dim);font-size:.875rem}\n"
    "section>.item{border-top:1px solid var(--line);padding:.4rem 0}\n"
    ".rest>summary{color:var(--accent)}\n"
    ".rest>.list{margin-top:.35rem}\n"
    "summary{cursor:pointer}\n",

    /* the tree */
    ".tree,.tree ul{margin:0;padding:0;list-style:none}\n"
    ".tree ul{padding-left:1.15rem}\n"
    ".row{display:grid;grid-template-columns:minmax(0,1fr) 6rem 6rem 4.75rem;gap:0 1rem;\n"
    "align-items:baseline;padding:.22rem 0;border-top:1px solid var(--line)}\n"
    ".row .n{font-size:.875rem;color:var(--dim)}\n"
    ".row .share{height:.5rem;min-width:3px}\n"
    "summary.row{font-weight:600}\n"
    "summary.row .n{color:var(--ink)}\n"
    "summary:hover{background:var(--soft)}\n"
    "summary.row::marker,.item>summary::marker{content:''}\n"
    "summary.row::-webkit-details-marker,.item>summary::-webkit-details-marker{display:none}\n"
    "summary .p{position:relative}\n"
    ".row>:first-child{padding-left:1.15rem}\n"
    "li.row>:first-child{justify-self:start}\n"
    "li.row small{display:inline-block}\n"
    "li.row .n:nth-last-child(2){grid-column:3}\n"
    "summary .p::before{content:'';position:absolute;left:.15rem;top:.45em;\n"
    "border:.3em solid transparent;border-left:.42em solid var(--dim);border-right:0}\n"
    "details[open]>summary>.p::before{transform:rotate(90deg)}\n"
    ".elsewhere{padding:.3rem 0;border-top:1px solid var(--line)}\n"
    ".elsewhere>summary{color:var(--dim)}.elsewhere h3{color:var(--ink)}\n"
    ".elsewhere>.tree{margin-top:.3rem}\n"
    ".more{padding:.22rem 0 .5rem 1.15rem;font-style:italic}\n",

    /* phones, paper */
    "@media(max-width:48rem){body{padding:1.5rem 1rem 2rem}.two{grid-template-columns:\n"
    "minmax(0,1fr)}section{margin-top:2.25rem}.tree ul{padding-left:.6rem}\n"
    ".figures{grid-template-columns:repeat(auto-fit,minmax(6.5rem,1fr))}\n"
    ".figures dd{font-size:1.375rem}\n"
    ".row{grid-template-columns:1fr auto 4.25rem;gap:0 .75rem}\n"
    ".row>:first-child{grid-column:1/-1}\n"
    "li.row .n:nth-last-child(2){grid-column:2}li.row .n:last-child{grid-column:3}\n"
    ".row>:nth-child(2){margin-left:1.15rem;max-width:9rem}\n"
    ".bars tbody th{white-space:normal;min-width:7rem}.plot svg{height:9rem}.plot "
    ".half{bottom:4.91rem}}\n"
    "@media print{:root{--page:#fff;--ink:#000;--dim:#444;--line:#ccc}\n"
    "body{max-width:none;padding:0;font-size:10pt}nav{display:none}\n"
    "li,tr,figure,.figures div{break-inside:avoid}h2{break-after:avoid}\n"
    "i{print-color-adjust:exact;-webkit-print-color-adjust:exact}}\n"
    "@media(prefers-reduced-motion:reduce){html{scroll-behavior:auto}}\n",
    NULL,
};
