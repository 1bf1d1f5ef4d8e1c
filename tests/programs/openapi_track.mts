// Counts a call with the types that openapi-typescript has made beside this file.
import type { components, paths } from "./api.js";

declare const process: { env: Record<string, string> };

type Operation = paths["/api/v1/track"]["post"];
type TrackRequest = components["schemas"]["TrackRequest"];
type Tracked = Operation["responses"][200]["content"]["application/json"];
type Problem = Operation["responses"][422]["content"]["application/problem+json"];

async function track(call: TrackRequest): Promise<Tracked> {
  const reply = await fetch(`${process.env.CARBON_URL}/api/v1/track`, {
    method: "POST",
    headers: { authorization: `Bearer ${process.env.CARBON_API_KEY}` },
    body: JSON.stringify(call),
  });
  if (reply.ok) return (await reply.json()) as Tracked;
  const problem = (await reply.json()) as Problem;
  throw new Error(problem.errors?.map((fault) => fault.pointer).join() ?? problem.detail);
}

const tracked = await track({ tenant_id: "client-xyz", model: "mistral-large-2", input_tokens: 600, output_tokens: 400 });
const grams: number | null = tracked.co2_grams;
const confidence: "measured" | "benchmarked" | "estimated" | "proxy" | "unknown" = tracked.confidence;
// @ts-expect-error A misspelt field is an error of the compiler.
const refused: string = await track({ tenant_id: "client-xyz", model: "gpt-4o", tokens: 1 }).catch((error) => error.message);
console.log(JSON.stringify({ co2_grams: grams, confidence, refused }));
