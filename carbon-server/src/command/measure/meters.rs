//! The names under which exporters state energy and servers count tokens, each with where its maker lists it.

/// Whose energy a meter reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Accelerator,
    Host,
    Node,
}

impl Part {
    pub(super) const ALL: [Part; 3] = [Part::Accelerator, Part::Host, Part::Node];

    pub(super) fn name(self) -> &'static str {
        match self {
            Part::Accelerator => "accelerators",
            Part::Host => "processors and memory",
            Part::Node => "whole machines",
        }
    }
}

/// What a meter states.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Unit {
    /// Energy so far: joules of one unit of the counter.
    Counter(f64),
    /// Power now: watts of one unit of the gauge.
    Gauge(f64),
}

/// A meter of an exporter.
#[derive(Debug)]
pub(super) struct Meter {
    /// Metrics that are added up.
    pub(super) metrics: &'static [&'static str],
    pub(super) part: Part,
    pub(super) unit: Unit,
    /// A label whose other values repeat these.
    pub(super) only: Option<(&'static str, &'static [&'static str])>,
    /// A label whose values are parts of each other, so that one must be chosen.
    pub(super) one_of: Option<&'static str>,
}

const fn meter(metrics: &'static [&'static str], part: Part, unit: Unit) -> Meter {
    Meter { metrics, part, unit, only: None, one_of: None }
}

/// The meters of each part: the first that an exporter has is read.
pub(super) const METERS: &[Meter] = &[
    // NVIDIA/dcgm-exporter, etc/default-counters.csv: millijoules since boot, and watts.
    meter(&["DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION"], Part::Accelerator, Unit::Counter(1e-3)),
    // sustainable-computing-io/kepler, docs/user/metrics.md.
    meter(&["kepler_node_gpu_joules_total"], Part::Accelerator, Unit::Counter(1.0)),
    meter(&["DCGM_FI_DEV_POWER_USAGE"], Part::Accelerator, Unit::Gauge(1.0)),
    // utkuozdemir/nvidia_gpu_exporter, METRICS.md.
    meter(&["nvidia_smi_power_draw_watts"], Part::Accelerator, Unit::Gauge(1.0)),
    // mindprince/nvidia_gpu_prometheus_exporter, README.md: of NVML.
    meter(&["nvidia_gpu_power_usage_milliwatts"], Part::Accelerator, Unit::Gauge(1e-3)),
    // Kepler from 0.10 on. Zones contain each other: core and uncore lie in package, and all in psys.
    Meter {
        metrics: &["kepler_node_cpu_joules_total"],
        part: Part::Host,
        unit: Unit::Counter(1.0),
        only: Some(("zone", &["package", "dram"])),
        one_of: None,
    },
    // Kepler before.
    meter(
        &["kepler_node_package_joules_total", "kepler_node_dram_joules_total"],
        Part::Host,
        Unit::Counter(1.0),
    ),
    // hubblo-org/scaphandre, docs_src/references/metrics.md: processors and memory by RAPL, without accelerators.
    meter(&["scaph_host_energy_microjoules"], Part::Host, Unit::Counter(1e-6)),
    meter(&["scaph_host_power_microwatts"], Part::Host, Unit::Gauge(1e-6)),
    // Kepler before 0.10, and from then on by Redfish, one series for each domain of the machine.
    meter(&["kepler_node_platform_joules_total"], Part::Node, Unit::Counter(1.0)),
    Meter {
        metrics: &["kepler_platform_watts"],
        part: Part::Node,
        unit: Unit::Gauge(1.0),
        only: None,
        one_of: Some("power_control_id"),
    },
];

/// How a server counts tokens.
#[derive(Debug)]
pub(super) struct Engine {
    pub(super) name: &'static str,
    /// Prompt tokens, cached ones included.
    pub(super) input: &'static str,
    /// Prompt tokens read from the cache: the first that is there.
    pub(super) cached: &'static [&'static str],
    pub(super) output: &'static str,
    /// Calls that ended.
    pub(super) requests: &'static str,
    /// The label that names the model.
    pub(super) model_label: Option<&'static str>,
}

/// The servers.
pub(super) const ENGINES: &[Engine] = &[
    // vllm-project/vllm, vllm/v1/metrics/loggers.py.
    Engine {
        name: "vLLM",
        input: "vllm:prompt_tokens_total",
        cached: &["vllm:prompt_tokens_cached_total", "vllm:prefix_cache_hits_total"],
        output: "vllm:generation_tokens_total",
        requests: "vllm:request_success_total",
        model_label: Some("model_name"),
    },
    // sgl-project/sglang, docs/references/production_metrics.md.
    Engine {
        name: "SGLang",
        input: "sglang:prompt_tokens_total",
        cached: &["sglang:cached_tokens_total"],
        output: "sglang:generation_tokens_total",
        requests: "sglang:num_requests_total",
        model_label: Some("model_name"),
    },
    // huggingface/text-generation-inference, docs/source/reference/metrics.md: sums of its histograms.
    Engine {
        name: "TGI",
        input: "tgi_request_input_length_sum",
        cached: &[],
        output: "tgi_request_generated_tokens_sum",
        requests: "tgi_request_success",
        model_label: None,
    },
    // NVIDIA/TensorRT-LLM, tensorrt_llm/metrics/collector.py: trtllm-serve.
    Engine {
        name: "TensorRT-LLM",
        input: "trtllm_prompt_tokens_total",
        cached: &["trtllm_prompt_cached_tokens_total"],
        output: "trtllm_generation_tokens_total",
        requests: "trtllm_request_success_total",
        model_label: Some("model_name"),
    },
    // triton-inference-server/tensorrtllm_backend: sums of its histograms; its nv_trt_llm_* gauges count no tokens.
    Engine {
        name: "Triton with TensorRT-LLM",
        input: "nv_llm_input_token_len_sum",
        cached: &[],
        output: "nv_llm_output_token_len_sum",
        requests: "nv_inference_request_success",
        model_label: Some("model"),
    },
];
