"""Texts about single calls: what was asked and what was answered."""

EN = {
    "calls.click": "Click a row to read what was asked and answered.",
    "calls.prompt": "Prompt",
    "calls.system": "The system text, the same for nearly every request of this task",
    "calls.no_prompt": "No prompt is kept of this call.",
    "calls.no_prompt_hint": "Days they are kept: {n} (`llm.keep_prompts_days`). Local models are asked without one.",
    "calls.keeps_none": "The configuration keeps none (`llm.keep_prompts_days: 0`).",
}

ZH = {
    "calls.click": "点击一行，可查看提问与回答的全文。",
    "calls.prompt": "提示词",
    "calls.system": "系统提示词（同类任务的请求几乎都相同）",
    "calls.no_prompt": "这次调用没有保存提示词。",
    "calls.no_prompt_hint": "提示词保留 {n} 天（`llm.keep_prompts_days`）；询问本地模型时不使用提示词。",
    "calls.keeps_none": "按当前配置不保存提示词（`llm.keep_prompts_days: 0`）。",
}
