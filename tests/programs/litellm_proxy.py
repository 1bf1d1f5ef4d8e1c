"""LiteLLM's proxy with our callback, in front of a provider of our own.

CARBON_URL is where the server listens, CARBON_API_KEY a key of an account, MARKER a text that every prompt and answer
contains. The first argument is a folder for the proxy's files. For each line of JSON on standard input it makes a call
and prints a line of JSON: the status, what the answer says of carbon, and whether it is whole.
"""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

MARKER = os.environ["MARKER"]
USAGE = {
    "prompt_tokens": 600, "completion_tokens": 400, "total_tokens": 1000,
    "prompt_tokens_details": {"cached_tokens": 100}, "completion_tokens_details": {"reasoning_tokens": 50},
}  # fmt: skip


class Provider(BaseHTTPRequestHandler):
    """Answers in the shape of OpenAI's chat completions."""

    calls = 0

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        Provider.calls += 1
        answer = {"id": f"chatcmpl-{Provider.calls}", "created": 1, "model": request["model"]}
        if request.get("stream"):
            delta = {"index": 0, "delta": {"role": "assistant", "content": MARKER}, "finish_reason": None}
            end = {"index": 0, "delta": {}, "finish_reason": "stop"}
            chunks = [{"choices": [delta]}, {"choices": [end]}]
            if (request.get("stream_options") or {}).get("include_usage"):
                chunks.append({"choices": [], "usage": USAGE})
            lines = [json.dumps(answer | {"object": "chat.completion.chunk"} | chunk) for chunk in chunks] + ["[DONE]"]
            return self.reply("text/event-stream", "".join(f"data: {line}\n\n" for line in lines))
        choice = {"index": 0, "message": {"role": "assistant", "content": MARKER}, "finish_reason": "stop"}
        whole = answer | {"object": "chat.completion", "choices": [choice], "usage": USAGE}
        self.reply("application/json", json.dumps(whole))

    def reply(self, kind, text):
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def start(folder, provider):
    """The proxy and its address, once it answers."""
    free = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    port = free.server_port
    free.server_close()
    api_base = f"http://127.0.0.1:{provider.server_port}/v1"
    models = {"assistant": "openai/gpt-4o", "mystery": "openai/gpt-5-of-my-dreams"}
    config = {
        "model_list": [
            {"model_name": name, "litellm_params": {"model": model, "api_base": api_base, "api_key": "none"}}
            for name, model in models.items()
        ],
        "litellm_settings": {"callbacks": ["carbon", "litellm_headers.handler"], "turn_off_message_logging": True},
        "callback_settings": {
            "carbon": {
                "callback_type": "generic_api",
                "endpoint": os.environ["CARBON_URL"] + "/api/v1/litellm",
                "headers": {"Authorization": "os.environ/CARBON_AUTHORIZATION"},
            }
        },
        "general_settings": {"custom_auth": "keys.of"},
    }
    # JSON is YAML.
    (folder / "config.yaml").write_text(json.dumps(config))
    shutil.copy(Path(__file__).parents[2] / "deploy/litellm/litellm_headers.py", folder)
    (folder / "keys.py").write_text(
        "from litellm.proxy._types import UserAPIKeyAuth\n\n\n"
        "async def of(request, api_key):\n"
        "    return UserAPIKeyAuth(api_key=api_key, metadata={'carbon_estimate': True} if 'asks' in api_key else {})\n"
    )
    environment = os.environ | {
        "CARBON_AUTHORIZATION": "Bearer " + os.environ["CARBON_API_KEY"],
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_MASTER_KEY": "sk-" + "0123456789abcdef" * 4,
        "DEFAULT_FLUSH_INTERVAL_SECONDS": "1",
    }
    program = str(Path(sys.executable).parent / "litellm")
    arguments = ["--config", "config.yaml", "--host", "127.0.0.1", "--port", str(port), "--telemetry", "False"]
    log = open(folder / "proxy.log", "w")
    proxy = subprocess.Popen([program, *arguments], cwd=folder, env=environment, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    while proxy.poll() is None:
        try:
            urllib.request.urlopen(url + "/health/liveliness", timeout=2)
            return proxy, url
        except OSError:
            time.sleep(0.2)
    sys.exit((folder / "proxy.log").read_text())


def call(url, case):
    """Makes a call, and says what came back."""
    headers = {"Authorization": f"Bearer {case.get('key', 'sk-any')}", "Content-Type": "application/json"}
    if "asks" in case:
        headers["X-Carbon-Estimate"] = case["asks"]
    body = {"model": case.get("model", "assistant"), "messages": [{"role": "user", "content": MARKER}]}
    if case.get("stream"):
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    request = urllib.request.Request(url + "/v1/chat/completions", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as reply:
        text = reply.read().decode()
        found = {name: value for name, value in reply.headers.items() if name.startswith("x-carbon-")}
        chunks = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: {")]
        whole = MARKER in text and '"prompt_tokens":600' in text
        in_stream = [chunk["carbon"] for chunk in chunks if "carbon" in chunk]
        return {"status": reply.status, "whole": whole, "headers": found, "stream": in_stream}


provider = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
threading.Thread(target=provider.serve_forever, daemon=True).start()
proxy, url = start(Path(sys.argv[1]), provider)
try:
    for line in sys.stdin:
        print(json.dumps(call(url, json.loads(line))), flush=True)
finally:
    proxy.terminate()
    proxy.wait()
