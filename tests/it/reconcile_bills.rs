//! Bills of clouds, in which input and output are rows of their own, compared with the ledger.

use crate::{
    import::{file, text},
    ledger::Ledger,
    server::{Keys, Server},
};
use serde_json::{Value, json};

/// A call in the ledger: provider, model, day, input, output.
type Call = (&'static str, &'static str, &'static str, u64, u64);

fn track(server: &Server, keys: &Keys, (provider, model, day, input, output): Call) {
    let provider = Some(provider).filter(|provider| !provider.is_empty());
    let event = json!({"tenant_id": "t", "model": model, "provider": provider, "input_tokens": input, "output_tokens": output,
                       "timestamp": format!("{day}T12:00:00Z")});
    server.track(&keys.live, &event);
}

fn reconciled(ledger: &Ledger, name: &str, content: &str, arguments: &[&str]) -> Value {
    let bill = file(ledger, name, content);
    let mut all = vec!["reconcile", "--json", "--bill", bill.to_str().unwrap()];
    all.extend(arguments);
    let output = ledger.run(&all);
    assert!(output.status.success(), "{name}: {}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A bill of exactly these calls: all is tracked. Without the last call, that day of its model is a gap. The rows that are
/// left out are counted by reason.
#[track_caller]
fn check(name: &str, bill: &str, format: &str, calls: &[Call], left_out: &Value) {
    let ledger = Ledger::new();
    let server = ledger.serve();
    let keys = server.sign_up("a@example.com");
    let (last, others) = calls.split_last().unwrap();
    for call in others {
        track(&server, &keys, *call);
    }
    // A call to somebody else is not on this bill.
    track(&server, &keys, ("openrouter", "gpt-4o", "2026-10-05", 1_000_000, 1));
    let found = reconciled(&ledger, name, bill, &[]);
    let gaps = found["gaps"].as_array().unwrap();
    assert_eq!(gaps.len(), 1, "{name}: {found:#}");
    assert_eq!((&gaps[0]["kind"], &gaps[0]["day"]), (&json!("not_tracked"), &json!(last.2)), "{name}");
    assert_eq!(gaps[0]["billed_tokens"], last.3 + last.4, "{name}");
    track(&server, &keys, *last);
    for arguments in [&[][..], &["--format", format]] {
        let found = reconciled(&ledger, name, bill, arguments);
        assert_eq!((&found["tracked_share"], &found["gaps"]), (&json!(1.0), &json!([])), "{name}: {found:#}");
        let billed: u64 = calls.iter().map(|call| call.3 + call.4).sum();
        assert_eq!(
            (&found["billed_tokens"], &found["tracked_tokens"]),
            (&json!(billed), &json!(billed)),
            "{name}"
        );
        assert_eq!(&found["left_out"], left_out, "{name}");
    }
    server.stop();
}

const ON_BEDROCK: &[Call] = &[
    // 1,000 fresh, 4,000 from the cache and 500 into it.
    ("aws.bedrock", "eu.anthropic.claude-sonnet-4-5-20250929-v1:0", "2026-10-05", 5_500, 400),
    ("bedrock", "amazon.nova-pro-v1:0", "2026-10-05", 12_345, 678),
    ("aws_bedrock", "meta.llama3-3-70b-instruct-v1:0", "2026-10-05", 900, 100),
    ("AWS", "openai.gpt-oss-120b", "2026-10-06", 7_000, 3_000),
];

#[test]
fn the_cost_and_usage_report_of_aws() {
    let head = "line_item_line_item_type,line_item_usage_start_date,line_item_product_code,line_item_usage_type,\
                line_item_operation,line_item_usage_amount,pricing_unit,line_item_unblended_cost,line_item_line_item_description\n";
    let row = |kind: &str, day: &str, product: &str, usage: &str, amount: &str| {
        format!(
            "{kind},{day}T10:00:00.000Z,{product},{usage},InvokeModelInference,{amount},1K tokens,0.01,text\n"
        )
    };
    let usage = |day: &str, usage: &str, amount: &str| row("Usage", day, "AmazonBedrock", usage, amount);
    let mut rows = vec![
        usage("2026-10-05", "EUC1-Claude4.5Sonnet-input-tokens", "0.6"),
        usage("2026-10-05", "EUC1-Claude4.5Sonnet-input-tokens", "0.4"),
        usage("2026-10-05", "EUC1-Claude4.5Sonnet-output-tokens-cross-region-global", "0.4"),
        usage("2026-10-05", "EUC1-Claude4.5Sonnet-cache-read-input-token-count", "4"),
        usage("2026-10-05", "EUC1-Claude4.5Sonnet-cache-write-input-token-count", "5E-1"),
        usage("2026-10-05", "USE1-NovaPro-input-tokens", "12.345"),
        usage("2026-10-05", "USE1-NovaPro-output-tokens", "0.678"),
        usage("2026-10-05", "USW2-Llama3-3-70B-input-tokens-batch", "0.9"),
        usage("2026-10-05", "USW2-Llama3-3-70B-output-tokens-batch", "0.1"),
        usage("2026-10-06", "USE1-openai.gpt-oss-120b-mantle-input-tokens-standard", "7"),
        usage("2026-10-06", "USE1-openai.gpt-oss-120b-mantle-output-tokens-standard", "3"),
        // Left out.
        usage("2026-10-06", "USE1-MistralLarge-input-tokens", "99"),
        usage("2026-10-06", "USE1-NovaCanvas-T2I-1024-Standard", "99"),
        row("Tax", "2026-10-06", "AmazonBedrock", "USE1-NovaPro-input-tokens", "12.345"),
        row("Usage", "2026-10-06", "AmazonEC2", "USE1-BoxUsage:m5.large", "24"),
        row("Usage", "2026-10-06", "AmazonEC2", "USE1-BoxUsage:m5.large", "24"),
    ];
    rows.push(rows[0].replace(",0.6,", ",,"));
    rows.push(rows[0].replace("1K tokens", "Units"));
    let left_out = json!({"has a meter whose model is not listed": 1, "has a meter that is not understood": 1,
                          "is a tax, a discount or another charge without usage": 1, "is for another service": 2,
                          "has a unit that is not a number of tokens": 2});
    let table = head.to_owned() + &rows.concat();
    check("cur.csv", &table, "aws-cur", ON_BEDROCK, &left_out);
    // The names of columns of the classic report.
    let classic = head
        .replace("line_item_line_item_", "lineItem/LineItem")
        .replace("line_item_usage_start_date", "lineItem/UsageStartDate")
        .replace("line_item_product_code", "lineItem/ProductCode")
        .replace("line_item_usage_type", "lineItem/UsageType")
        .replace("line_item_usage_amount", "lineItem/UsageAmount")
        .replace("pricing_unit", "pricing/unit");
    check("classic.csv", &(classic + &rows.concat()), "aws-cur", ON_BEDROCK, &left_out);
}

/// Models that AWS's marketplace sells are named by the product; a unit that says nothing is explained by the description.
#[test]
fn marketplace_rows_of_aws() {
    let head = "line_item_line_item_type,line_item_usage_start_date,line_item_product_code,product,line_item_usage_type,\
                line_item_usage_amount,pricing_unit,line_item_line_item_description\n";
    let product =
        r#""{""product_name"":""Claude Sonnet 4.5 (Amazon Bedrock Edition)"",""region"":""us-east-1""}""#;
    let row = |usage: &str, amount: &str, unit: &str, description: &str| {
        format!(
            "Usage,2026-10-05 10:00:00,8x7k,{product},USE1-MP:USE1_{usage}-Units,{amount},{unit},{description}\n"
        )
    };
    let bill = [
        row("InputTokenCount", "0.001", "Units", "Million Input Tokens Regional"),
        row("OutputTokenCount_Global", "0.0004", "1M tokens", "Million Response Tokens Global"),
        row("CacheReadInputTokenCount", "0.004", "1M tokens", ""),
        row("CacheWriteInputTokenCount", "0.0005", "1M tokens", ""),
    ];
    check("cur.csv", &(head.to_owned() + &bill.concat()), "aws-cur", &ON_BEDROCK[..1], &json!({}));
}

const ON_AZURE: &[Call] = &[
    ("azure", "gpt-4o-2024-08-06", "2026-10-05", 425_600, 12_000),
    ("az.ai.openai", "gpt-5-mini", "2026-10-05", 2_000_000, 30_000),
    ("azure_openai", "gpt-4.1-nano", "2026-11-05", 1_000, 2_000),
];

#[test]
fn the_cost_details_of_azure() {
    let head = "SubscriptionName,Date,MeterCategory,MeterSubCategory,MeterName,Quantity,UnitOfMeasure,CostInBillingCurrency,ChargeType\n";
    let row = |day: &str, family: &str, meter: &str, quantity: &str, unit: &str| {
        format!("Prod,{day},Foundry Models,{family},{meter},{quantity},{unit},0.1,Usage\n")
    };
    let (openai, gpt_5) = ("Azure OpenAI", "Azure OpenAI GPT5");
    let bill = [
        // Azure writes the month first.
        row("10/05/2026", openai, "gpt 4o 0806 Inp glbl Tokens", "400", "1K"),
        row("10/05/2026", openai, "gpt 4o 0806 cached Inp glbl Tokens", "25.6", "1K"),
        row("10/05/2026", openai, "gpt 4o 0806 Outp glbl Tokens", "12", "1K"),
        row("2026-10-05", gpt_5, "GPT 5 Mini Inpt Glbl 1M Tokens", "1.5", "1M"),
        row("2026-10-05", gpt_5, "GPT 5 Mini cchd Inpt Glbl 1M Tokens", "0.5", "1M"),
        row("2026-10-05", gpt_5, "5 mini outpt Dz 1M Tokens", "0.03", "1M"),
        row("11/05/2026", openai, "gpt 4.1 nano Inp regnl Tokens", "1", "1K"),
        row("11/05/2026", openai, "gpt 4.1 nano Outp Data Zone Tokens", "2", "1K"),
        // Left out.
        row("10/05/2026", openai, "gpt-4o-aud-1217 Inp glbl Tokens", "9", "1K"),
        row("10/05/2026", openai, "Provisioned Managed Global Unit", "24", "1 Hour"),
        row("13/05/2026", openai, "gpt 4o 0806 Inp glbl Tokens", "9", "1K"),
        "Prod,10/05/2026,Virtual Machines,Dv5,D4s v5,24,1 Hour,0.1,Usage\n".to_owned(),
        row("10/05/2026", openai, "gpt 4o 0806 Inp glbl Tokens", "9", "1K").replace("Usage", "Refund"),
    ];
    let left_out = json!({"has a meter that is not understood": 2, "has no day that can be read": 1, "is for another service": 1,
                          "is a tax, a discount or another charge without usage": 1});
    let table = head.to_owned() + &bill.concat();
    check("azure.csv", &table, "azure-cost", ON_AZURE, &left_out);
    // As Excel saves it in German.
    let german =
        table.replace(',', ";").replace("25.6", "25,6").replace("1.5;1M", "1,5;1M").replace(";0.", ";0,");
    check("azure-de.csv", &german, "azure-cost", ON_AZURE, &left_out);
}

const ON_GOOGLE: &[Call] = &[
    ("gcp.vertex_ai", "gemini-2.5-pro", "2026-10-05", 6_000, 700),
    ("google", "gemini-3.8-flash", "2026-10-05", 1_000, 50),
    // Without a provider it is the maker's.
    ("", "gemini-2.5-flash", "2026-10-06", 900, 90),
];

#[test]
fn the_billing_export_of_google() {
    let rows = [
        ("Vertex AI", "Gemini 2.5 Pro Text Input - Predictions", "2026-10-05", 5_000, "count"),
        ("Vertex AI", "Gemini 2.5 Pro Text Input Caching", "2026-10-05", 1_000, "count"),
        ("Vertex AI", "Gemini 2.5 Pro Text Output - Predictions", "2026-10-05", 300, "count"),
        ("Vertex AI", "Gemini 2.5 Pro Thinking Text Output - Predictions", "2026-10-05", 400, "requests"),
        ("Vertex AI", "Gemini 3.8 Flash Global Text Input - Predictions", "2026-10-05", 1_000, "count"),
        ("Vertex AI", "Gemini 3.8 Flash Global Text Output - Predictions", "2026-10-05", 50, "count"),
        (
            "Gemini API",
            "Generate content input token count gemini 2.5 flash short input text",
            "2026-10-06",
            900,
            "count",
        ),
        (
            "Gemini API",
            "Generate content output token count gemini 2.5 flash short output text",
            "2026-10-06",
            90,
            "count",
        ),
        ("Vertex AI", "Gemini 2.5 Pro Text Input Caching Storage", "2026-10-06", 7, "hour"),
        ("Compute Engine", "N1 Predefined Instance Core running in Americas", "2026-10-06", 7, "seconds"),
    ];
    let left_out = json!({"has a meter that is not understood": 1, "is for another service": 1});
    let line = |(service, sku, day, amount, unit): &(&str, &str, &str, u64, &str)| {
        format!("{day} 10:00:00 UTC,{service},{sku},{amount}.0,{unit},regular\n")
    };
    let head = "usage_start_time,service.description,sku.description,usage.amount,usage.unit,cost_type\n";
    let table = head.to_owned() + &rows.iter().map(line).collect::<String>();
    check("google.csv", &table, "gcp-billing", ON_GOOGLE, &left_out);
    // As the warehouse exports it, nested.
    let nested = |(service, sku, day, amount, unit): &(&str, &str, &str, u64, &str)| {
        json!({"usage_start_time": format!("{day} 10:00:00 UTC"), "service": {"id": "C7E2", "description": service},
               "sku": {"id": "1127", "description": sku}, "cost": 0.1, "cost_type": "regular",
               "usage": {"amount": amount, "unit": unit, "amount_in_pricing_units": amount, "pricing_unit": unit}})
        .to_string()
            + "\n"
    };
    check("google.json", &rows.iter().map(nested).collect::<String>(), "gcp-billing", ON_GOOGLE, &left_out);
}

#[test]
fn a_focus_table_of_several_clouds() {
    let head = "ChargePeriodStart,ChargeCategory,ProviderName,ServiceName,SkuMeter,ConsumedQuantity,ConsumedUnit,ChargeDescription,SkuPriceDetails\n";
    let aws = |meter: &str, quantity: &str| {
        format!("2026-10-05T00:00:00Z,Usage,AWS,Amazon Bedrock,{meter},{quantity},1K tokens,text,\n")
    };
    let azure = |meter: &str, quantity: &str| {
        format!("2026-10-05 00:00:00,Usage,Microsoft,Azure OpenAI,{meter},{quantity},Tokens,text,\n")
    };
    let google = |meter: &str, quantity: &str| {
        format!("2026-10-06T00:00:00Z,Usage,Google Cloud,Vertex AI,,{quantity},count,{meter},\n")
    };
    let bill = [
        aws("USE1-Claude4.5Sonnet-input-tokens", "1"),
        aws("USE1-Claude4.5Sonnet-cache-read-input-token-count", "4.5"),
        aws("USE1-Claude4.5Sonnet-output-tokens", "0.4"),
        azure("gpt 4o 0806 Inp glbl Tokens", "425600"),
        azure("gpt 4o 0806 Outp glbl Tokens", "12000"),
        google("Gemini 2.5 Flash GA Text Input - Predictions", "900"),
        google("Gemini 2.5 Flash GA Text Output - Predictions", "90"),
        aws("USE1-NovaPro-input-tokens", "9").replace("Usage", "Credit"),
        aws("USE1-NovaPro-input-tokens", "9").replace("AWS", "Somebody"),
    ];
    let left_out = json!({"is a tax, a discount or another charge without usage": 1,
                          "names no provider whose meters are known": 1});
    let calls = [ON_BEDROCK[0], ON_AZURE[0], ON_GOOGLE[2]];
    check("focus.csv", &(head.to_owned() + &bill.concat()), "focus", &calls, &left_out);
    // The meter says what is counted, and the details say of which model.
    let details = r#""{""x_ModelName"": ""Claude Sonnet 4.5""}""#;
    let bill = [("Input tokens", "5.5"), ("Output tokens", "0.4")].map(|(meter, quantity)| {
        format!("2026-10-05T00:00:00Z,Usage,Amazon Web Services,Amazon Bedrock,{},{quantity},1K tokens,,{details}\n",
                meter.replace(' ', "-"))
    });
    check("details.csv", &(head.to_owned() + &bill.concat()), "focus", &ON_BEDROCK[..1], &json!({}));
}

/// A provider is one, however it is spelled; the name of a framework says nothing.
#[test]
fn a_provider_is_one_in_every_spelling() {
    let ledger = Ledger::new();
    let server = ledger.serve();
    let keys = server.sign_up("a@example.com");
    let spellings =
        ["openai", "OpenAI", "openai.responses", "openai.chat", "langchain", "strands-agents", "autogen", ""];
    for provider in spellings {
        track(&server, &keys, (provider, "gpt-4o-2024-08-06", "2026-10-05", 1_000, 10));
    }
    for provider in ["azure", "az.ai.inference", "openrouter"] {
        track(&server, &keys, (provider, "gpt-4o-2024-08-06", "2026-10-05", 1_000, 10));
    }
    let bill = json!({"object": "page", "data": [{"start_time": 1_791_158_400, "end_time": 1_791_244_800, "results": [
        {"input_tokens": 8_000, "output_tokens": 80, "num_model_requests": 8, "model": "gpt-4o-2024-08-06"}]}]});
    let found = reconciled(&ledger, "openai.json", &bill.to_string(), &[]);
    assert_eq!((&found["tracked_share"], &found["gaps"]), (&json!(1.0), &json!([])), "{found:#}");
    for (stated, spellings) in [
        ("x_ai", &["xai", "x-ai", "xai.chat"][..]),
        ("mistral_ai", &["mistral", "mistralai", "Mistral AI"]),
        ("Anthropic", &["anthropic.messages", "anthropic"]),
        ("gemini", &["gcp.gemini", "vertex_ai", "google"]),
        ("aws.bedrock", &["bedrock", "amazon-bedrock"]),
    ] {
        for spelling in spellings {
            track(&server, &keys, (spelling, "grok-4", "2026-10-07", 100, 1));
        }
        let tokens = 100 * spellings.len();
        let table = format!(
            "timestamp,model,provider,input_tokens,output_tokens\n2026-10-07,grok-4,{stated},{tokens},{}\n",
            spellings.len()
        );
        let found = reconciled(&ledger, "bill.csv", &table, &["--format", "csv"]);
        assert_eq!(
            (&found["tracked_share"], &found["gaps"]),
            (&json!(1.0), &json!([])),
            "{stated}: {found:#}"
        );
    }
    server.stop();
}

#[test]
fn what_is_no_bill_is_refused() {
    let ledger = crate::import::ledger();
    let fails = |content: &str, arguments: &[&str], expect: &str| {
        let bill = file(&ledger, "bill.csv", content);
        let mut all = vec!["reconcile", "--bill", bill.to_str().unwrap()];
        all.extend(arguments);
        let output = ledger.run(&all);
        let said = text(&output.stderr);
        assert!(!output.status.success() && said.contains(expect), "{expect}: {said}");
    };
    let aws = "line_item_usage_start_date,line_item_usage_type,line_item_usage_amount,pricing_unit\n";
    fails(
        "a,b\n1,2\n",
        &[],
        "is not recognised as a usage export or bill from OpenAI, Anthropic, AWS, Azure or Google Cloud",
    );
    let virtual_machine = format!("{aws}2026-10-05,USE1-BoxUsage:m5.large,24,Hrs\n");
    fails(&virtual_machine, &[], "it has no billed usage; a row has a meter that is not understood");
    fails(aws, &["--format", "aws-cur", "--column", "model=x"], "--column needs --format csv");
    // A bill has no calls.
    let bill = file(&ledger, "cur.csv", aws);
    let output = ledger.run(&["import", bill.to_str().unwrap(), "--format", "aws-cur"]);
    assert!(!output.status.success() && text(&output.stderr).contains("invalid value 'aws-cur'"));
}
