//! What is said of an operation besides its path and who may call it.

use crate::openapi::schema::{of, short_text};
use serde_json::{Value, json};

/// What is said of an operation beside its path and who may call it.
pub(crate) struct Described {
    pub(super) tag: &'static str,
    pub(super) summary: &'static str,
    pub(super) description: &'static str,
    /// Query parameters and headers.
    pub(super) query: Vec<Value>,
    pub(super) body: Option<RequestBody>,
    pub(super) answers: Vec<(u16, Value)>,
    /// Whether it names something that may not be there.
    pub(super) can_miss: bool,
    /// What else can go wrong, and when.
    pub(super) problems: Vec<(u16, &'static str)>,
    /// Whether anyone may send it, but not too often.
    pub(super) is_limited: bool,
    /// Whether it asks the ledger, where its path does not say so.
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

    pub(crate) fn idempotent(mut self, bytes_max: usize) -> Self {
        let schema = short_text(bytes_max, "e-1");
        self.query.push(json!({"name": "Idempotency-Key", "in": "header", "schema": schema,
                               "description": "The same key and content again adds nothing."}));
        self
    }

    pub(crate) fn takes(self, schema: &'static str, example: Value) -> Self {
        let media_type = "application/json";
        let body = RequestBody { schema, example, media_type, required: true, other: None };
        Described { body: Some(body), ..self }
    }

    /// In another form than JSON.
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
        let schema = if media_type.starts_with("text/") { json!({"type": "string"}) } else { json!({}) };
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

    /// Something that can go wrong with it, besides what its access, its body and its path say.
    pub(crate) fn problem(mut self, status: u16, when: &'static str) -> Self {
        self.problems.push((status, when));
        self
    }

    /// Anyone may send it, but not too often.
    pub(crate) fn limited(self) -> Self {
        Described { is_limited: true, ..self }
    }

    /// It asks the ledger, although its path begins otherwise than those that do.
    pub(crate) fn needs_ledger(self) -> Self {
        Described { needs_ledger: true, ..self }
    }

    pub(crate) fn can_miss(self) -> Self {
        Described { can_miss: true, ..self }
    }
}

/// What a request carries.
pub(super) struct RequestBody {
    pub(super) schema: &'static str,
    pub(super) example: Value,
    pub(super) media_type: &'static str,
    pub(super) required: bool,
    /// Another form in which the same may be sent.
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

/// A media type besides JSON, and what is sent in it.
pub(super) struct Other {
    pub(super) media_type: &'static str,
    pub(super) schema: Value,
}

/// A description without answers: the one that is most common.
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
        is_limited: false,
        needs_ledger: false,
    }
}
