"""LiteLLM's Router with what it has of the same features.

Retries, a fall-back, cool-downs, a limit of calls at once, a budget, and the shape of the answer asked for and checked.
Its budget is kept in memory and written nowhere; it is checked before a call and counted after it. With
`LITELLM_PLAIN=1` it has retries and one fall-back only.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import litellm
from litellm import Router

from bench.contestants.calls import MODEL, SYSTEM, Ask, Load, Verdict, main

IS_PLAIN = bool(os.environ.get("LITELLM_PLAIN"))
ENDPOINT = {"max_parallel_requests": 64, "input_cost_per_token": 3e-6, "output_cost_per_token": 15e-6}
FEATURES = {
    "allowed_fails": 5,
    "cooldown_time": 60,
    "timeout": 60,
    "provider_budget_config": {"anthropic": {"budget_limit": 1000, "time_period": "1d"}},
}


@asynccontextmanager
async def router(load: Load) -> AsyncIterator[Ask]:
    """Two model groups at the same server, the second as the fall-back of the first."""
    litellm.suppress_debug_info = True
    litellm.enable_json_schema_validation = not IS_PLAIN
    parameters = {"model": f"anthropic/{MODEL}", "api_base": load.base_url, "api_key": "test-key-0000"}
    parameters |= {} if IS_PLAIN else ENDPOINT
    client = Router(
        model_list=[{"model_name": name, "litellm_params": parameters} for name in ("writer", "spare")],
        fallbacks=[{"writer": ["spare"]}],
        num_retries=3,
        **({} if IS_PLAIN else FEATURES),
    )
    shape = {} if IS_PLAIN else {"response_format": Verdict}

    async def ask(number: int) -> None:
        answer = await client.acompletion(
            model="writer",
            messages=[{"role": "system", "content": SYSTEM}, {"role": "user", "content": load.prompt(number)}],
            max_tokens=1024,
            stream=load.is_stream,
            **shape,
        )
        if not load.is_stream:
            Verdict.model_validate_json(answer.choices[0].message.content)
            return
        text = "".join([chunk.choices[0].delta.content or "" async for chunk in answer])
        Verdict.model_validate_json(text)

    yield ask


if __name__ == "__main__":
    main(router)
