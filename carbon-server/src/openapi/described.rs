//! The description of an operation, apart from its path and its access.

use crate::openapi::schema::{of, short_text};
use serde_json::{Value, json};

/// The description of an operation, apart from its path and its access.
pub(crate) struct Described {
    pub(super) tag: &'static str,
    pub(super) summary: &'static str,
    pub(super) description: &'static str,
    /// Query parameters and headers.
    pub(super) query: Vec<Value>,
    pub(super) body: Option<RequestBody>,
    pub(super) answers: Vec<(u16, Value)>,
    /// Whether its path names something that may not exist.
    pub(super) can_miss: bool,
    /// Its other errors, with their causes.
    pub(super) problems: Vec<(u16, &'static str)>,
    /// Whether it uses the ledger although its path does not show it.
    pub(super) needs_ledger: bool,
}

impl Described {
    pub(crate) fn describe(self, description: &'static str) -> Self {
        Described { description, ..self }
    }

    pub(crate) fn query(mut self, name: &str, schema: Value, description: &str) -> Self {
        self.query.push(json!({"name": name, "in": "query", "schema": schema, "description": description}));
        self
    }

    /// A parameter that has to be there.
    pub(crate) fn needs_query(self, name: &str, schema: Value, description: &str) -> Self {
        let mut described = self.query(name, schema, description);
        if let Some(last) = described.query.last_mut() {
            last["required"] = true.into();
        }
        described
    }

    pub(crate) fn idempotent(mut self, bytes_max: usize) -> Self {
        let schema = short_text(bytes_max, "e-1");
        self.query.push(json!({"name": "Idempotency-Key", "in": "header", "schema": schema,
                               "description": "Repeating the same key and content adds nothing."}));
        self
    }

    pub(crate) fn takes(self, schema: &'static str, example: Value) -> Self {
        let media_type = "application/json";
        let body = RequestBody { schema, example, media_type, required: true, other: None };
        Described { body: Some(body), ..self }
    }

    /// In a format other than JSON.
    pub(crate) fn sent_as(mut self, media_type: &'static str) -> Self {
        if let Some(body) = &mut self.body {
            body.media_type = media_type;
        }
        self
    }

    pub(crate) fn may_take(mut self, schema: &'static str, example: Value) -> Self {
        self = self.takes(schema, example);
        if let Some(body) = &mut self.body {
            body.required = false;
        }
        self
    }

    pub(crate) fn answers(mut self, status: u16, schema: &str) -> Self {
        let content = json!({"application/json": {"schema": of(schema)}});
        self.answers.push((status, json!({"description": "Done.", "content": content})));
        self
    }

    pub(crate) fn answers_file(mut self, media_type: &str, description: &str) -> Self {
        let is_text = media_type.starts_with("text/") || media_type == "application/openmetrics-text";
        let schema =
            if is_text { json!({"type": "string"}) } else { json!({"type": "string", "format": "binary"}) };
        let mut content = json!({});
        content[media_type] = json!({"schema": schema});
        self.answers.push((200, json!({"description": description, "content": content})));
        self
    }

    /// 200 without a body.
    pub(crate) fn answers_at_all(mut self) -> Self {
        self.answers.push((200, json!({"description": "Kept."})));
        self
    }

    pub(crate) fn answers_nothing(mut self) -> Self {
        self.answers.push((204, json!({"description": "Done."})));
        self
    }

    /// Or in another format.
    pub(crate) fn or_as(mut self, media_type: &'static str, schema: Value) -> Self {
        if let Some(body) = &mut self.body {
            body.other = Some(Other { media_type, schema });
        }
        self
    }

    /// 200 with this document.
    pub(crate) fn answers_itself(mut self) -> Self {
        let schema = json!({"application/json": {"schema": {"type": "object"}}});
        self.answers.push((200, json!({"description": "This.", "content": schema})));
        self
    }

    /// An error of its own, in addition to those of its access, body and path.
    pub(crate) fn problem(mut self, status: u16, when: &'static str) -> Self {
        self.problems.push((status, when));
        self
    }

    /// It uses the ledger although its path does not show it.
    pub(crate) fn needs_ledger(self) -> Self {
        Described { needs_ledger: true, ..self }
    }

    pub(crate) fn can_miss(self) -> Self {
        Described { can_miss: true, ..self }
    }
}

/// The body of a request.
pub(super) struct RequestBody {
    pub(super) schema: &'static str,
    pub(super) example: Value,
    pub(super) media_type: &'static str,
    pub(super) required: bool,
    /// Another format for the same content.
    pub(super) other: Option<Other>,
}

impl RequestBody {
    pub(crate) fn document(&self) -> Value {
        let mut content = json!({});
        content[self.media_type] = json!({"schema": of(self.schema), "example": self.example});
        if let Some(Other { media_type, schema }) = &self.other {
            content[*media_type] = json!({"schema": schema});
        }
        json!({"required": self.required, "content": content})
    }
}

/// A media type other than JSON, and its content.
pub(super) struct Other {
    pub(super) media_type: &'static str,
    pub(super) schema: Value,
}

/// A description without responses: the most common one.
pub(crate) fn plain(tag: &'static str, summary: &'static str) -> Described {
    let (query, answers) = (Vec::new(), Vec::new());
    Described {
        tag,
        summary,
        description: "",
        query,
        body: None,
        answers,
        can_miss: false,
        problems: Vec::new(),
        needs_ledger: false,
    }
}
