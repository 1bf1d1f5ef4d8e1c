"""LiteLLM's own generic API logger, pointed at the server by two variables and nothing else.

Needs litellm, fastapi, orjson and soundfile: LiteLLM 1.110.2 imports the last three, of all things, to serve a hit of
its own cache; every other call does without them.
CARBON_URL is where the server listens, CARBON_API_KEY a key of an account, MARKER a text that every prompt, answer and
error contains. Prints a line of JSON per call: what the server must have counted for it.
"""

import asyncio
import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MARKER = os.environ["MARKER"]
os.environ["GENERIC_LOGGER_ENDPOINT"] = os.environ["CARBON_URL"] + "/api/v1/litellm"
os.environ["GENERIC_LOGGER_HEADERS"] = "Authorization=Bearer " + os.environ["CARBON_API_KEY"]
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # no look-up of prices on the network

import litellm  # noqa: E402  (reads the variables when it is imported)
from litellm.integrations.custom_logger import CustomLogger  # noqa: E402
from litellm.integrations.generic_api.generic_api_callback import GenericAPILogger  # noqa: E402

OPENAI_USAGE = {
    "prompt_tokens": 1200, "completion_tokens": 300, "total_tokens": 1500,
    "prompt_tokens_details": {"cached_tokens": 1024}, "completion_tokens_details": {"reasoning_tokens": 128},
}  # fmt: skip
# Anthropic's input_tokens leave the cache out; LiteLLM's prompt_tokens are 50 + 2000 + 400.
ANTHROPIC_USAGE = {
    "input_tokens": 50, "cache_read_input_tokens": 2000, "cache_creation_input_tokens": 400, "output_tokens": 80,
}  # fmt: skip


class Provider(BaseHTTPRequestHandler):
    """Answers in the shape of OpenAI or of Anthropic, by path."""

    calls = 0

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        Provider.calls += 1
        model, number = request["model"], Provider.calls
        if "break" in json.dumps(request.get("messages")):
            self.reply(500, {"error": {"message": "could not answer " + MARKER, "type": "server_error"}})
        elif self.path.endswith("/embeddings"):
            vector = {"object": "embedding", "index": 0, "embedding": [0.1, 0.2]}
            self.reply(200, {"object": "list", "model": model, "data": [vector],
                             "usage": {"prompt_tokens": 9, "total_tokens": 9}})  # fmt: skip
        elif self.path.endswith("/messages"):
            self.reply(200, {"id": f"msg_{number}", "type": "message", "role": "assistant", "model": model,
                             "content": [{"type": "text", "text": MARKER}], "stop_reason": "end_turn",
                             "usage": ANTHROPIC_USAGE})  # fmt: skip
        elif request.get("stream"):
            chunk = {"id": f"chatcmpl-{number}", "object": "chat.completion.chunk", "created": 1, "model": model}
            delta = {"index": 0, "delta": {"role": "assistant", "content": MARKER}, "finish_reason": None}
            end = {"index": 0, "delta": {}, "finish_reason": "stop"}
            chunks = [{"choices": [delta]}, {"choices": [end]}, {"choices": [], "usage": OPENAI_USAGE}]
            lines = [json.dumps(chunk | part) for part in chunks] + ["[DONE]"]
            self.reply(200, "".join(f"data: {line}\n\n" for line in lines), "text/event-stream")
        else:
            choice = {"index": 0, "message": {"role": "assistant", "content": MARKER}, "finish_reason": "stop"}
            self.reply(200, {"id": f"chatcmpl-{number}", "object": "chat.completion", "created": 1, "model": model,
                             "choices": [choice], "usage": OPENAI_USAGE})  # fmt: skip

    def reply(self, status, body, content_type="application/json"):
        body = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class Seen(CustomLogger):
    """Called after the logger above it in the list of callbacks, with the same payload."""

    def __init__(self):
        super().__init__()
        self.payloads = asyncio.Queue()

    async def async_log_success_event(self, kwargs, response_obj, start_time, end_time):
        self.payloads.put_nowait(kwargs["standard_logging_object"])

    async def async_log_failure_event(self, kwargs, response_obj, start_time, end_time):
        self.payloads.put_nowait(kwargs["standard_logging_object"])


async def main():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    provider = f"http://127.0.0.1:{server.server_port}"
    openai = {"model": "openai/gpt-5", "api_base": provider + "/v1", "api_key": "none", "max_retries": 0}
    anthropic = {"model": "anthropic/claude-sonnet-4-5", "api_base": provider, "api_key": "none"}
    embedder = {"model": "openai/text-embedding-3-small", "api_base": provider + "/v1", "api_key": "none"}

    # The name "generic_api" in place of the logger does nothing where litellm[proxy] is not installed.
    carbon, seen = GenericAPILogger(), Seen()
    litellm.callbacks = [carbon, seen]
    litellm.suppress_debug_info = True

    def ask(text):
        return [{"role": "user", "content": f"{text} {MARKER}"}]

    async def call(name, tenant, tokens, coroutine):
        status = "success"
        try:
            answer = await coroutine
            if hasattr(answer, "__aiter__"):
                async for _ in answer:
                    pass
        except litellm.InternalServerError:
            status = "failure"
        payload = await asyncio.wait_for(seen.payloads.get(), 30)
        prompt, completion, cached, cache_write, reasoning = tokens
        print(json.dumps({
            "call": name, "id": payload["id"], "model": payload["model"], "tenant": tenant, "status": status,
            "cache_hit": name == "cache hit", "prompt_tokens": prompt, "completion_tokens": completion,
            "cached_tokens": cached, "cache_write_tokens": cache_write, "reasoning_tokens": reasoning,
        }), flush=True)  # fmt: skip

    of_openai, of_anthropic = (1200, 300, 1024, 0, 128), (2450, 80, 2000, 400, 0)
    whose = {"user_api_key_end_user_id": "client-xyz"}  # what the proxy sets; the payload's end_user
    streamed = {"stream": True, "stream_options": {"include_usage": True}}
    # A tenant by `user` is in model_parameters.user alone, one by team in metadata.team_id.
    await call("completion", "client-xyz", of_openai,
               litellm.acompletion(**openai, messages=ask("a"), user="client-xyz", metadata={"tags": ["chat"]}))
    await call("stream", "client-xyz", of_openai,
               litellm.acompletion(**openai, messages=ask("b"), metadata=whose, **streamed))
    await call("team", "team-7", of_openai,
               litellm.acompletion(**openai, messages=ask("c"), metadata={"team_id": "team-7"}))
    await call("failure", "client-xyz", (0, 0, 0, 0, 0),
               litellm.acompletion(**openai, messages=ask("break"), metadata=whose))
    await call("anthropic", "client-xyz", of_anthropic,
               litellm.acompletion(**anthropic, messages=ask("d"), metadata=whose))
    await call("embedding", "client-xyz", (9, 0, 0, 0, 0),
               litellm.aembedding(**embedder, input=["e " + MARKER], metadata=whose))
    litellm.cache = litellm.Cache(type="local")
    await call("cache miss", "client-xyz", of_openai,
               litellm.acompletion(**openai, messages=ask("f"), metadata=whose))
    await call("cache hit", "client-xyz", of_openai,
               litellm.acompletion(**openai, messages=ask("f"), metadata=whose))

    await carbon.flush_queue()  # what its timer calls every DEFAULT_FLUSH_INTERVAL_SECONDS (5)


asyncio.run(main())
