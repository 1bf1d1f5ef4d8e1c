"""Carbon of a call in its answer: a callback for the LiteLLM proxy.

Put this file next to the proxy's config.yaml and name `litellm_headers.handler` among its callbacks. CARBON_URL is where
the tracker listens. Those who ask for it get the figures: a request with the header `x-carbon-estimate: true`, or a key
with `carbon_estimate: true` in its metadata. A whole response has them in its headers, a stream in the chunk with the
usage.

Counts and the model's name are sent, nothing else. The tracker stores nothing of an estimate. If it is slow or down, the
answer has no figures and is otherwise the same.
"""

import asyncio
import json
import os
import time

import httpx
from litellm.integrations.custom_logger import CustomLogger

URL = os.environ["CARBON_URL"] + "/api/v1/estimate"
# An answer waits for its figures this long at most.
TIMEOUT_S = float(os.environ.get("CARBON_TIMEOUT_S", "0.25"))
# After an estimate that failed, none is asked for this long.
PAUSE_S = float(os.environ.get("CARBON_PAUSE_S", "10"))


def asked(data, key):
    """Whether the request or its key asks for figures."""
    headers = (data.get("proxy_server_request") or {}).get("headers") or {}
    words = [value for name, value in headers.items() if name.lower() == "x-carbon-estimate"]
    return (words or [(key.metadata or {}).get("carbon_estimate")])[0] in (True, "true", "True", "1")


def counts(usage):
    """The tokens of a call, as LiteLLM has them: cached ones are part of the input."""
    details = getattr(usage, "prompt_tokens_details", None)
    spent = getattr(usage, "completion_tokens_details", None)
    found = {
        "input_tokens": usage.prompt_tokens,
        "output_tokens": usage.completion_tokens,
        "cache_read_input_tokens": getattr(details, "cached_tokens", None),
        "cache_creation_input_tokens": getattr(details, "cache_creation_tokens", None),
        "reasoning_output_tokens": getattr(spent, "reasoning_tokens", None),
    }
    return {name: count for name, count in found.items() if count is not None}


def figures(estimate):
    """The figures of the method that the tracker reports, which is the first that applies."""
    if not estimate["methods"]:
        return {"confidence": "unknown", "factor_set": estimate["factor_set"]}
    method = estimate["methods"][0]
    grams = method["co2_grams"]
    return {
        "co2_grams": grams["central"],
        "co2_grams_low": grams["low"],
        "co2_grams_high": grams["high"],
        "confidence": method["confidence"],
        "method": method["method"],
        "factor_id": method["factor_id"],
        "factor_set": estimate["factor_set"],
    }


class CarbonFigures(CustomLogger):
    """Asks the tracker for an estimate of each call whose sender wants one."""

    def __init__(self):
        super().__init__()
        self.client = httpx.AsyncClient(timeout=TIMEOUT_S)
        self.paused_until = 0.0

    async def estimate(self, model, provider, usage, parse_float=float):
        """The figures of a call, or none: whatever goes wrong here must not reach the call."""
        if usage is None or time.monotonic() < self.paused_until:
            return None
        try:
            # The provider is sent apart from the name.
            call = {"model": model.removeprefix(f"{provider}/"), **counts(usage)}
            if provider:
                call["provider"] = provider
            reply = await asyncio.wait_for(self.client.post(URL, json=call), TIMEOUT_S)
            if reply.status_code == 200:
                return figures(json.loads(reply.text, parse_float=parse_float))
        except Exception:
            self.paused_until = time.monotonic() + PAUSE_S
        return None

    async def async_post_call_response_headers_hook(
        self, data, user_api_key_dict, response, request_headers=None, litellm_call_info=None
    ):
        hidden = getattr(response, "_hidden_params", None) or {}
        model, usage = hidden.get("litellm_model_name"), getattr(response, "usage", None)
        if not (model and hasattr(usage, "prompt_tokens") and asked(data, user_api_key_dict)):
            return None
        # Decimals as they were sent, to the last digit.
        found = await self.estimate(model, hidden.get("custom_llm_provider"), usage, parse_float=str)
        return found and {f"x-carbon-{name.replace('_', '-')}": str(value) for name, value in found.items()}

    async def async_post_call_streaming_iterator_hook(self, user_api_key_dict, response, request_data):
        wanted = asked(request_data, user_api_key_dict)
        async for chunk in response:
            usage = getattr(chunk, "usage", None)
            if wanted and hasattr(usage, "prompt_tokens"):
                provider = (getattr(chunk, "_hidden_params", None) or {}).get("custom_llm_provider")
                found = await self.estimate(chunk.model, provider, usage)
                if found:
                    chunk.carbon = found
            yield chunk


handler = CarbonFigures()
