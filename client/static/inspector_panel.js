var w=`
  .panel {
    --paper: #fff; --ink: #1c1d22; --soft: #5b606d; --line: #d9dce3; --ground: #f4f5f8; --accent: #2f5fc4; --bad: #b3261e;
    color-scheme: light;
    position: fixed; inset: auto 0.75rem 0.75rem auto; z-index: 2147483100;
    box-sizing: border-box; display: flex; flex-direction: column;
    inline-size: min(34rem, calc(100vw - 1.5rem)); block-size: min(26rem, calc(100dvh - 1.5rem));
    border: 1px solid var(--line); border-radius: 0.75rem; background: var(--paper); color: var(--ink);
    font: 0.8125rem/1.45 system-ui, sans-serif; box-shadow: 0 0.5rem 2rem rgb(0 0 0 / 25%); overflow: hidden;
  }
  .panel *, .panel *::before { box-sizing: border-box; }
  .panel[hidden], .panel [hidden] { display: none; }
  header { display: flex; align-items: center; gap: 0.5rem; padding: 0.5rem 0.75rem; border-block-end: 1px solid var(--line); }
  h2 { flex: 1; margin: 0; font-size: 0.9375rem; }
  button, select {
    min-block-size: 1.75rem; padding: 0.125rem 0.625rem; border: 1px solid var(--line); border-radius: 0.375rem;
    background: var(--paper); color: inherit; font: inherit; cursor: pointer;
  }
  button:hover { background: var(--ground); }
  :focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
  .controls { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem; padding: 0.5rem 0.75rem; background: var(--ground); }
  .controls button:hover { background: var(--line); }
  .latency { flex: 1 1 14rem; display: flex; align-items: center; gap: 0.5rem; }
  .latency span { flex: none; }
  .latency input { flex: 1; min-inline-size: 4rem; accent-color: var(--accent); }
  .latency output { inline-size: 4rem; text-align: end; font-variant-numeric: tabular-nums; }
  .said { margin: 0; padding: 0 0.75rem; color: var(--soft); background: var(--ground); }
  .said:not(:empty) { padding-block-end: 0.5rem; }
  .tabs { display: flex; gap: 0.25rem; padding: 0.25rem 0.75rem 0; border-block-end: 1px solid var(--line); }
  .tabs button { border: 0; border-block-end: 2px solid transparent; border-radius: 0; }
  .tabs [aria-selected="true"] { border-color: var(--accent); font-weight: 600; }
  .page { flex: 1; min-block-size: 0; padding: 0.5rem 0.75rem; overflow: auto; }
  .page:focus-visible { outline-offset: -2px; }
  .empty, caption, .facts { margin: 0 0 0.5rem; color: var(--soft); text-align: start; }
  table { inline-size: 100%; border-collapse: collapse; }
  th, td { padding: 0.1875rem 0.5rem 0.1875rem 0; border-block-end: 1px solid var(--line); text-align: start; vertical-align: top; }
  th { font-weight: 600; }
  th:nth-child(n + 2):nth-child(-n + 4), td:nth-child(n + 2):nth-child(-n + 4) {
    text-align: end; white-space: nowrap; font-variant-numeric: tabular-nums;
  }
  td:first-child { min-inline-size: 5.5rem; overflow-wrap: anywhere; }
  td:last-child { overflow-wrap: anywhere; }
  .error td { color: var(--bad); }
  .views { margin-block-end: 0.5rem; }
  .tree p, .tree summary { margin: 0; padding-block: 0.125rem; overflow-wrap: anywhere; }
  .tree p { padding-inline-start: 1rem; }
  .tree details details, .tree details p { margin-inline-start: 1rem; }
  .tree summary { cursor: pointer; }
  code { margin-inline-end: 0.75rem; color: var(--accent); font: 0.8125rem/1.45 ui-monospace, monospace; }
  @media (prefers-color-scheme: dark) {
    .panel {
      --paper: #1d1f25; --ink: #eceef2; --soft: #a9aebb; --line: #3b3f4a; --ground: #272a32; --accent: #8fb2ff; --bad: #ffb4ab;
      color-scheme: dark;
    }
  }
  @media (max-width: 30rem) {
    .panel { inset: auto 0 0; inline-size: 100vw; block-size: min(24rem, 70dvh); border-radius: 0.75rem 0.75rem 0 0; }
    .latency { flex-basis: 100%; }
    .controls button { flex: 1; }
    th, td { padding-inline-end: 0.375rem; }
  }
`;var r=(a,e={})=>Object.assign(document.createElement(a),e),h=(a,e)=>r("button",{type:"button",textContent:a,onclick:e});var T=100,$=["Event","Took","Server","Bytes","Brought"],u=class{root=r("div",{className:"page"});#t=r("tbody");#e=r("p",{className:"empty",textContent:"Nothing yet. Use the page: each answer of the server becomes a row."});#n;constructor(e){this.#n=e;let t=r("tr");t.append(...$.map(s=>r("th",{textContent:s,scope:"col"})));let n=r("table");n.append(r("caption",{textContent:"The newest first. Took: until the page was patched."})),n.createTHead().append(t),n.append(this.#t),this.root.append(this.#e,n)}start(e){document.addEventListener("limelight:turn",t=>{this.#o(t.detail),e()})}#o({message:e,view:t,event:n,answers:s,milliseconds:o,serverMilliseconds:i,bytes:c}){let d=N(this.#n());if(!n&&!d)return;let f=n||(e==="joined"?"(join)":"(pushed)"),g=s>1?` and ${s-1} before`:"",m=[`${f}${g}${t?`, view ${t}`:""}`,x(o),x(i),c.toLocaleString("en"),d||"nothing new"],p=r("tr",{className:e});p.append(...m.map(C=>r("td",{textContent:C}))),this.#t.prepend(p),this.#t.rows[T]?.remove(),this.#e.hidden=!0}},x=a=>a===null?"":`${a.toFixed(a<10?1:0)} ms`;function N({t:a,d:e,r:t,o:n=[],e:s=[],s:o={},m:i,w:c}){return a==="error"?i:a==="joined"?c:[t!==void 0?"the whole view":"",e?l(v(e),"change"):"",l(Object.keys(o).length,"new shape"),l(n.length,"operation"),l(s.length,"effect")].filter(Boolean).join(", ")}function v(a){if(typeof a!="object"||a===null||Array.isArray(a)||"c"in a)return 1;let{o:e,u:t,...n}=a;return Object.values(e||t?t??{}:n).map(v).reduce((i,c)=>i+c,e?1:0)}var l=(a,e)=>a?`${a} ${e}${a>1?"s":""}`:"";var L=250,E="/_live/inspector/",b=class{root=r("div",{className:"page"});#t;#e=r("select",{ariaLabel:"View",className:"views",onchange:()=>this.lookSoon()});#n=r("p",{className:"facts"});#o=r("div",{className:"tree"});#r=new Set;#s;constructor(e){this.#t=e,this.root.append(this.#e,this.#n,this.#o)}lookSoon(){this.#s??=setTimeout(async()=>{await this.#a(),this.#s=void 0},L)}async ask(e){let t=await this.#i(e,"POST");return t?t.text():y}async#a(){this.#l();let e=await this.#i("state","GET");if(!e?.ok){this.#n.textContent=e?await e.text():y;return}let{view:t,state:n,messages:s,failed_turns:o,restarts:i,mailbox:c,frames:d,sent_bytes:f}=await e.json(),g=[l(s,"message"),l(o,"failed turn"),l(i,"restart"),c?`${c} in the mailbox`:"",`${l(d,"frame")||"no frame"} with ${f.toLocaleString("en")} bytes`];this.#n.textContent=`${t}: ${g.filter(Boolean).join(", ")}`;let m=n.map(p=>this.#c(p,p.name));this.#o.replaceChildren(...m.length?m:[r("p",{textContent:"No public attributes."})])}#i(e,t){let n=this.#t.tokens.get(Number(this.#e.value||0))??"";return fetch(E+e,{method:t,headers:{"X-Limelight-Page":n}}).catch(()=>{})}#l(){let e=[...this.#t.tokens.keys()].sort((n,s)=>n-s).map(String),t=[...this.#e.options].map(({value:n})=>n);if(e.join()!==t.join()){let n=this.#e.value,s=o=>r("option",{value:o,textContent:o==="0"?"The page's view":`View ${o}`});this.#e.replaceChildren(...e.map(s)),e.includes(n)&&(this.#e.value=n)}this.#e.hidden=e.length<2}#c({name:e,text:t,inside:n=[]},s){if(!n.length){let c=r("p");return c.append(...k(e,t)),c}let o=r("details",{open:this.#r.has(s)});o.ontoggle=()=>o.open?this.#r.add(s):this.#r.delete(s);let i=r("summary");return i.append(...k(e,t)),o.append(i,...n.map(c=>this.#c(c,`${s}.${c.name}`))),o}},y="The server could not be reached.",k=(a,e)=>[r("code",{textContent:a}),r("span",{textContent:e})];var z=2e3,j=50,S=class{isOpen=!1;#t;#e;#n=r("section",{className:"panel",ariaLabel:"Inspector"});#o=r("p",{className:"said",role:"status"});#r;#s;#a=h("Close",()=>this.#e());constructor(e,t,n){this.#t=t,this.#e=n,this.#r=new b(t),this.#s=new u(()=>t.newest);let s=new CSSStyleSheet;s.replaceSync(w),e.adoptedStyleSheets.push(s),this.#n.append(this.#i(),this.#l(),this.#o,...this.#m()),this.#n.addEventListener("keydown",({key:o})=>o==="Escape"&&this.#e()),e.append(this.#n),this.#s.start(()=>this.isOpen&&this.#r.lookSoon())}show(e){this.isOpen=e,this.#n.hidden=!e,e&&(this.#r.lookSoon(),this.#a.focus())}#i(){let e=r("header");return e.append(r("h2",{textContent:"Inspector"}),this.#a),e}#l(){let e=r("div",{className:"controls"});return e.append(this.#c(),h("Drop socket",()=>this.#p()),h("Crash view",()=>this.#h())),e}#c(){let e=r("output"),t=r("input",{type:"range",min:"0",max:String(z),step:String(j)});t.value=String(this.#t.latency);let n=()=>e.textContent=t.ariaValueText=`${t.value} ms`;t.oninput=()=>{this.#t.latency=Number(t.value),n()},n();let s=r("label",{className:"latency"});return s.append(r("span",{textContent:"Latency each way"}),t,e),s}#p(){this.#d(this.#t.cut()?"The socket was dropped. The page comes back by itself.":"There is no socket now.")}async#h(){this.#d(await this.#r.ask("crash"))}#d(e){this.#o.textContent=e}#m(){let e=r("div",{className:"tabs",role:"tablist",ariaLabel:"What is shown"}),t=[this.#s.root,this.#r.root],n=["Turns","State"].map(o=>h(o,()=>{})),s=o=>{for(let[i,c]of n.entries())c.ariaSelected=String(i===o),c.tabIndex=i===o?0:-1,t[i].hidden=i!==o};for(let[o,i]of n.entries())i.role="tab",i.id=`tab-${o}`,i.setAttribute("aria-controls",`page-${o}`),i.onclick=()=>s(o),Object.assign(t[o],{id:`page-${o}`,role:"tabpanel",tabIndex:0}),t[o].setAttribute("aria-labelledby",i.id);return e.onkeydown=({key:o})=>{if(o!=="ArrowLeft"&&o!=="ArrowRight")return;let i=n[0].ariaSelected==="true"?1:0;s(i),n[i].focus()},s(0),e.append(...n),[e,...t]}};export{S as Panel};
