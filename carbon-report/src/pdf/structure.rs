//! The document as a reader hears it: headings, paragraphs, tables, figures with their words, links.

/// A place in the [`Structure`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NodeId(pub(super) usize);

/// What a part of the document is, in the words of PDF.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Tag {
    Document,
    H1,
    H2,
    H3,
    Paragraph,
    Table,
    /// Labels and their values: a table whose rows have heads, and whose columns have none.
    Entries,
    TableHead,
    TableBody,
    Row,
    ColumnHeader,
    RowHeader,
    Cell,
    List,
    Item,
    Label,
    ItemBody,
    /// A drawing or picture, and what it shows in words.
    Figure {
        alt: String,
    },
    /// Words of somebody else, in a language of their own.
    Quoted {
        language: &'static str,
    },
    /// Text that leads to a page on the web, and what is there in words.
    Link {
        url: String,
        words: String,
    },
}

impl Tag {
    /// Structure type of the standard (ISO 32000-1, 14.8.4).
    pub(super) fn name(&self) -> &'static str {
        match self {
            Tag::Document => "Document",
            Tag::H1 => "H1",
            Tag::H2 => "H2",
            Tag::H3 => "H3",
            Tag::Paragraph => "P",
            Tag::Table | Tag::Entries => "Table",
            Tag::TableHead => "THead",
            Tag::TableBody => "TBody",
            Tag::Row => "TR",
            Tag::ColumnHeader | Tag::RowHeader => "TH",
            Tag::Cell => "TD",
            Tag::List => "L",
            Tag::Item => "LI",
            Tag::Label => "Lbl",
            Tag::ItemBody => "LBody",
            Tag::Figure { .. } => "Figure",
            Tag::Quoted { .. } => "Span",
            Tag::Link { .. } => "Link",
        }
    }

    /// 1 to 3 for a heading.
    pub(super) fn heading_level(&self) -> Option<usize> {
        match self {
            Tag::H1 => Some(1),
            Tag::H2 => Some(2),
            Tag::H3 => Some(3),
            _ => None,
        }
    }
}

/// What a node holds, in the order in which it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kid {
    Node(NodeId),
    /// A mark: page and place on it.
    Mark {
        page: usize,
        mark: usize,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) tag: Tag,
    pub(super) parent: Option<NodeId>,
    pub(super) kids: Vec<Kid>,
}

/// A tree of nodes; the first one is the document.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Structure {
    pub(super) nodes: Vec<Node>,
}

impl Default for Structure {
    fn default() -> Self {
        Structure { nodes: vec![Node { tag: Tag::Document, parent: None, kids: Vec::new() }] }
    }
}

impl Structure {
    pub(crate) const ROOT: NodeId = NodeId(0);

    /// A new node, the last of its parent's.
    pub(crate) fn open(&mut self, tag: Tag, parent: NodeId) -> NodeId {
        let node = NodeId(self.nodes.len());
        self.nodes.push(Node { tag, parent: Some(parent), kids: Vec::new() });
        self.nodes[parent.0].kids.push(Kid::Node(node));
        node
    }

    /// Puts a mark into a node, behind what is in it.
    pub(crate) fn add(&mut self, node: NodeId, page: usize, mark: usize) {
        self.nodes[node.0].kids.push(Kid::Mark { page, mark });
    }

    /// What a node holds last, where that is a node of this tag.
    pub(crate) fn last(&self, node: NodeId, tag: &Tag) -> Option<NodeId> {
        match self.nodes[node.0].kids.last()? {
            Kid::Node(last) if self.tag(*last) == tag => Some(*last),
            Kid::Node(_) | Kid::Mark { .. } => None,
        }
    }

    /// The marks that a node holds since its last node, by page and place on it: the last one first.
    pub(crate) fn last_marks(&self, node: NodeId) -> impl Iterator<Item = (usize, usize)> {
        self.nodes[node.0].kids.iter().rev().map_while(|kid| match *kid {
            Kid::Mark { page, mark } => Some((page, mark)),
            Kid::Node(_) => None,
        })
    }

    /// Whether a node is a drawing or a picture.
    pub(crate) fn is_figure(&self, node: NodeId) -> bool {
        matches!(self.tag(node), Tag::Figure { .. })
    }

    pub(super) fn tag(&self, node: NodeId) -> &Tag {
        &self.nodes[node.0].tag
    }

    /// The marks of each node, by page and place on it.
    #[cfg(test)]
    pub(crate) fn marks(&self) -> impl Iterator<Item = Vec<(usize, usize)>> {
        let mark = |kid: &Kid| match *kid {
            Kid::Mark { page, mark } => Some((page, mark)),
            Kid::Node(_) => None,
        };
        self.nodes.iter().map(move |node| node.kids.iter().filter_map(mark).collect())
    }

    /// Every node with its number, parents first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        self.nodes.iter().enumerate().map(|(number, node)| (NodeId(number), node))
    }
}
