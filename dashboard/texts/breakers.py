"""Texts about closing breakers by hand."""

EN = {
    "breaker.why": "{why}. {probe}",
    "breaker.reset": "Ask it again now",
    "said.breaker_reset": "{name} is asked again. What waited for it goes on.",
    "said.breaker_closed": "Nothing to do: it is asked again already.",
}

ZH = {
    "breaker.why": "{why}。{probe}",
    "breaker.reset": "立即恢复调用",
    "said.breaker_reset": "已恢复调用 {name}，等待它的条目继续。",
    "said.breaker_closed": "无需操作：它已恢复调用。",
}
