//! What is said of an operation besides its path and who may call it.

use crate::openapi::schema::{of, short_text};
use serde_json::{Value, json};
/// What is said of an operation beside its path and who may call it.
pub(super) struct Described {
    pub(super) tag: &'static str,
    pub(super) summary: &'static str,
    pub(super) description: &'static str,
    /// Query parameters and headers.
    pub(super) query: Vec<Value>,
    pub(super) body: Option<Body>,
    pub(super) answers: Vec<(u16, Value)>,
    /// Whether it names something that may not be there.
    pub(super) can_miss: bool,
}

impl Described {
    pub(super) fn describe(self, description: &'static str) -> Self {
        Described { description, ..self }
    }

    pub(super) fn query(mut self, name: &str, schema: Value, description: &str) -> Self {
        self.query.push(json!({"name": name, "in": "query", "schema": schema, "description": description}));
        self
    }

    pub(super) fn idempotent(mut self, bytes_max: usize) -> Self {
        let schema = short_text(bytes_max, "e-1");
        self.query.push(json!({"name": "Idempotency-Key", "in": "header", "schema": schema,
                               "description": "The same key and content again adds nothing."}));
        self
    }

    pub(super) fn takes(self, schema: &'static str, example: Value) -> Self {
        let media_type = "application/json";
        let body = Body { schema, example, media_type, required: true, bytes_max: None, other: None };
        Described { body: Some(body), ..self }
    }

    /// With a limit of its own.
    pub(super) fn up_to(mut self, bytes_max: usize) -> Self {
        if let Some(body) = &mut self.body {
            body.bytes_max = Some(bytes_max);
        }
        self
    }

    /// In another form than JSON.
    pub(super) fn sent_as(mut self, media_type: &'static str) -> Self {
        if let Some(body) = &mut self.body {
            body.media_type = media_type;
        }
        self
    }

    pub(super) fn may_take(mut self, schema: &'static str, example: Value) -> Self {
        self = self.takes(schema, example);
        if let Some(body) = &mut self.body {
            body.required = false;
        }
        self
    }

    pub(super) fn answers(mut self, status: u16, schema: &str) -> Self {
        let content = json!({"application/json": {"schema": of(schema)}});
        self.answers.push((status, json!({"description": "Done.", "content": content})));
        self
    }

    pub(super) fn answers_file(mut self, media_type: &str, description: &str) -> Self {
        let schema = if media_type.starts_with("text/") { json!({"type": "string"}) } else { json!({}) };
        let mut content = json!({});
        content[media_type] = json!({"schema": schema});
        self.answers.push((200, json!({"description": description, "content": content})));
        self
    }

    /// 200 without a body.
    pub(super) fn answers_at_all(mut self) -> Self {
        self.answers.push((200, json!({"description": "Kept."})));
        self
    }

    pub(super) fn answers_nothing(mut self) -> Self {
        self.answers.push((204, json!({"description": "Done."})));
        self
    }

    /// With a limit of its own, and maybe another form.
    pub(super) fn large(mut self, bytes_max: usize, other: Option<Other>) -> Self {
        if let Some(body) = &mut self.body {
            (body.bytes_max, body.other) = (Some(bytes_max), other);
        }
        self
    }

    pub(super) fn can_miss(self) -> Self {
        Described { can_miss: true, ..self }
    }
}

/// What a request carries.
pub(super) struct Body {
    pub(super) schema: &'static str,
    pub(super) example: Value,
    pub(super) media_type: &'static str,
    pub(super) required: bool,
    /// Where it is not that of most requests.
    pub(super) bytes_max: Option<usize>,
    /// Another form in which the same may be sent.
    pub(super) other: Option<Other>,
}

impl Body {
    pub(super) fn document(&self) -> Value {
        let mut content = json!({});
        content[self.media_type] = json!({"schema": of(self.schema), "example": self.example});
        if let Some(Other { media_type, schema }) = &self.other {
            content[*media_type] = json!({"schema": schema});
        }
        json!({"required": self.required, "content": content})
    }
}

/// A media type besides JSON, and what is sent in it.
pub(super) struct Other {
    pub(super) media_type: &'static str,
    pub(super) schema: Value,
}

/// A description without answers: the one that is most common.
pub(super) fn plain(tag: &'static str, summary: &'static str) -> Described {
    let (query, answers) = (Vec::new(), Vec::new());
    Described { tag, summary, description: "", query, body: None, answers, can_miss: false }
}
