//! The colours and fonts of the diagram.

/// Light by default, dark if the user prefers it; always light in print.
pub(crate) const STYLE: &str = "\
.story{--ground:#fff;--ink:#1c2430;--soft:#667085;--line:#d5dae1;--good:#157f3c;--bad:#b54708;--crash:#c81e1e;\
--recovery:#0b7285;--codepipeline:#3056d3;--start:#0b7285;--checker:#7a3fc4;--function:#5b6472;--cloudfront:#c2570c;\
--sns:#b42367;--eventbridge:#8a6100;--lambda:#5b6472;max-width:none;height:auto;\
font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Liberation Sans',Arial,sans-serif;font-size:13px}\
@media (prefers-color-scheme:dark){.story{--ground:#10151d;--ink:#e6eaf0;--soft:#98a2b3;--line:#313a47;--good:#4ac27a;\
--bad:#f0a04b;--crash:#ff6b6b;--recovery:#4cc9dd;--codepipeline:#84a4ff;--start:#4cc9dd;--checker:#bb93f5;\
--function:#a3acba;--cloudfront:#f79a5c;--sns:#f286b8;--eventbridge:#dcb74a;--lambda:#a3acba}}\
@media print{.story{--ground:#fff;--ink:#000;--soft:#444;--line:#bbb;--good:#157f3c;--bad:#b54708;--crash:#c81e1e;\
--recovery:#0b7285;--codepipeline:#3056d3;--start:#0b7285;--checker:#7a3fc4;--function:#5b6472;--cloudfront:#c2570c;\
--sns:#b42367;--eventbridge:#8a6100;--lambda:#5b6472}}\
.story .ground{fill:var(--ground)}\
.story text{fill:var(--ink)}\
.story .heading{font-size:20px;font-weight:650}\
.story .came-to{fill:var(--soft)}\
.codepipeline{--lane:var(--codepipeline)}.start{--lane:var(--start)}.checker{--lane:var(--checker)}\
.function{--lane:var(--function)}.cloudfront{--lane:var(--cloudfront)}.sns{--lane:var(--sns)}\
.eventbridge{--lane:var(--eventbridge)}.lambda{--lane:var(--lambda)}\
.story .lane .name{fill:var(--lane);fill-opacity:.12;stroke:var(--lane);stroke-opacity:.55}\
.story .lane text{fill:var(--lane);font-weight:650;font-size:12.5px;text-anchor:middle}\
.story .thread{stroke:var(--lane);stroke-opacity:.35;stroke-width:1.5}\
.story .gap{stroke:var(--ground);stroke-width:4}\
.story .wait{fill:none;stroke:var(--soft);stroke-opacity:.7;stroke-width:1.2;stroke-linejoin:round}\
.story .passed{fill:var(--soft);font-style:italic}\
.story .bar{fill:var(--lane)}\
.story .held{fill:url(#hold)}\
.story .hatch{fill:var(--ground);fill-opacity:.72}\
.story .time{fill:var(--soft);text-anchor:end;font-variant-numeric:tabular-nums}\
.story .who{fill:var(--lane);font-weight:650}\
.story .moment{--tone:var(--ink)}.story .moment.good{--tone:var(--good)}.story .moment.bad{--tone:var(--bad)}\
.story .moment.crash{--tone:var(--crash)}.story .moment.recovery{--tone:var(--recovery)}\
.story .moment .words{fill:var(--tone)}\
.story .arrow{stroke:var(--tone);stroke-width:1.6}\
.story .moment.bad .arrow{stroke-dasharray:5 3}\
.story .head{fill:var(--tone)}\
.story .dot{fill:var(--ground);stroke:var(--tone);stroke-width:2}\
.story .cross circle{fill:var(--crash)}.story .cross path{stroke:var(--ground);stroke-width:2.4;stroke-linecap:round}\
.story .ring circle{fill:var(--recovery)}.story .ring path{fill:var(--ground)}\
.story .legend text{fill:var(--soft);font-size:12px}";
