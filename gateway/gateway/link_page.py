"""The page behind a one-time link: it shows what the link is for, and acknowledges when the person says so.

Opening it does nothing, because mail scanners open links too. The page is the same for every link and holds no rule:
its script asks the operations under `/v1/links`, whatever service has them, and shows what they answer.
"""

import base64
import hashlib

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from gateway import incoming
from gateway.language import Language, Words
from gateway.pages import STYLE

_TITLE = Words("应急通知", "Emergency notice")
_BUTTON = Words("确认收到", "Acknowledge")
_WORDS = {
    "incident": Words("编号", "Reference"),
    "level": Words("级别", "Level"),
    "drill": Words("演练", "Drill"),
    "done": Words("已确认收到：", "Acknowledged: "),
    "expired": Words("此链接已过期", "This link has expired"),
    "failed": Words("未能完成，请稍后重试或直接联系上级", "This did not succeed; try again, or call the level above"),
}
_LOOK = "button{font:inherit;padding:.6rem 1.6rem;margin-top:1rem}dt{font-weight:600}"
_STYLE = STYLE + _LOOK
_SCRIPT = """
const base = '/v1/links/' + encodeURIComponent(location.pathname.split('/').pop());
const say = id => document.getElementById(id).textContent;
const state = document.getElementById('state'), button = document.getElementById('ack');
function show(link) {
  for (const name of ['incident', 'level']) document.getElementById('v-' + name).textContent = link[name];
  document.getElementById('drill').hidden = !link.drill;
  if (link.acknowledged_at) state.textContent = say('w-done') + new Date(link.acknowledged_at).toLocaleString();
  else if (link.expired) state.textContent = say('w-expired');
  button.hidden = Boolean(link.acknowledged_at) || link.expired;
}
async function ask(path, options) {
  const answer = await fetch(base + path, options), body = await answer.json();
  if (answer.ok) show(body); else state.textContent = body.detail || body.title || say('w-failed');
}
const failed = () => { state.textContent = say('w-failed'); };
button.addEventListener('click', () => ask('/acknowledgement',
  {method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{}'}).catch(failed));
ask('', {}).catch(failed);
"""


def _hash(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


CONTENT_SECURITY = (
    f"default-src 'none'; style-src {_hash(_STYLE)}; script-src {_hash(_SCRIPT)}; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


def page(language: Language) -> str:
    """The page in one language."""
    hidden = "".join(f"<span id='w-{name}' hidden>{words.of(language)}</span>" for name, words in _WORDS.items())
    rows = "".join(f"<dt>{_WORDS[name].of(language)}</dt><dd id='v-{name}'>…</dd>" for name in ("incident", "level"))
    title, tongue = _TITLE.of(language), "zh-CN" if language == "zh" else "en"
    return (
        f"<!doctype html><html lang='{tongue}'><head><meta charset='utf-8'><title>{title}</title>"
        f"<meta name='viewport' content='width=device-width'><style>{_STYLE}</style></head><body><h1>{title}</h1>"
        f"<p id='drill' hidden><strong>{_WORDS['drill'].of(language)}</strong></p><dl>{rows}</dl>"
        f"<p id='state'></p><button id='ack' hidden>{_BUTTON.of(language)}</button>{hidden}"
        f"<script>{_SCRIPT}</script></body></html>"
    )


async def _answer(request: Request) -> Response:
    headers = {"content-security-policy": CONTENT_SECURITY}
    return HTMLResponse(page(incoming.of(request.scope).language), headers=headers)


ROUTE = Route("/a/{link}", _answer)
