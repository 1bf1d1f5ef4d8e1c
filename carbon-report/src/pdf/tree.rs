//! The structure of the document as objects: what each piece of a page is part of, links, and the outline.

use super::{
    font::Face,
    object::integer,
    page::{Draft, HEIGHT, Mark, Role},
    rewrite::WrittenPage,
    shape::runs_left,
    structure::{Kid, NodeId, Tag},
    xmp::text,
};
use lopdf::{Document, Object, ObjectId, dictionary};
use std::collections::BTreeMap;

/// A structure being written into a document.
pub(super) struct Tree<'a> {
    pub(super) document: &'a mut Document,
    draft: &'a Draft,
    pages: &'a [WrittenPage],
    page_ids: &'a [ObjectId],
    root: ObjectId,
    /// Object of each node.
    nodes: Vec<ObjectId>,
    /// Annotations of links, by node, with the number under which the tree of parents has them.
    annotations: BTreeMap<NodeId, Vec<(ObjectId, usize)>>,
}

impl<'a> Tree<'a> {
    pub(super) fn new(
        document: &'a mut Document,
        draft: &'a Draft,
        pages: &'a [WrittenPage],
        page_ids: &'a [ObjectId],
    ) -> Self {
        let root = document.new_object_id();
        let nodes = draft.structure.iter().map(|_| document.new_object_id()).collect();
        Tree { document, draft, pages, page_ids, root, nodes, annotations: BTreeMap::new() }
    }

    /// Annotations for the texts of links, page by page.
    pub(super) fn links(&mut self) -> Vec<Vec<Object>> {
        let mut of_pages: Vec<Vec<Object>> = vec![Vec::new(); self.pages.len()];
        // Pages come first in the tree of parents.
        let mut parent = self.pages.len();
        for (page, of_page) in of_pages.iter_mut().enumerate() {
            for (mark, placed) in self.draft.pages[page].marks.iter().enumerate() {
                let Role::Of(node) = placed.role else { continue };
                let Tag::Link { url, words: leads_to } = self.draft.structure.tag(node) else { continue };
                let (Mark::Text { font, text: words, .. }, Some([left, baseline])) =
                    (&placed.mark, self.pages[page].places[mark])
                else {
                    continue;
                };
                let rectangle =
                    text_box(left, baseline, font.width(words.trim_end_matches(' ')), f64::from(font.size));
                let annotation = self.document.add_object(dictionary! {
                    "Type" => "Annot",
                    "Subtype" => "Link",
                    "Rect" => rectangle,
                    "Border" => vec![0.into(), 0.into(), 0.into()],
                    "F" => 4, // printed
                    "Contents" => text(leads_to),
                    "StructParent" => integer(parent),
                    "P" => self.page_ids[page],
                    "A" => dictionary! { "S" => "URI", "URI" => Object::string_literal(url.as_str()) },
                });
                of_page.push(annotation.into());
                self.annotations.entry(node).or_default().push((annotation, parent));
                parent += 1;
            }
        }
        of_pages
    }

    /// Writes every node and the tree of parents; the root.
    pub(super) fn structure(&mut self) -> ObjectId {
        for (id, node) in self.draft.structure.iter() {
            let kids = self.kids(id, &node.kids);
            let parent = node.parent.map_or(self.root, |parent| self.nodes[parent.0]);
            let mut object =
                dictionary! { "Type" => "StructElem", "S" => node.tag.name(), "P" => parent, "K" => kids };
            match &node.tag {
                Tag::ColumnHeader => object.set("A", scope("Column")),
                Tag::RowHeader => object.set("A", scope("Row")),
                Tag::Figure { alt } => {
                    object.set("Alt", text(alt));
                    object.set("A", self.figure(&node.kids));
                }
                Tag::Link { words, .. } => object.set("Alt", text(words)),
                Tag::Quoted { language } => object.set("Lang", Object::string_literal(*language)),
                _ => {}
            }
            if let Some(read) = self.read_as(&node.kids) {
                object.set("ActualText", text(&read));
            }
            self.document.set_object(self.nodes[id.0], object);
        }
        let owners = self.pages.iter().enumerate().map(|(page, written)| {
            let owners: Vec<Object> = written.owners.iter().map(|owner| self.nodes[owner.0].into()).collect();
            [integer(page), owners.into()]
        });
        let mut numbers: Vec<Object> = owners.flatten().collect();
        let mut links: Vec<(usize, NodeId)> = self
            .annotations
            .iter()
            .flat_map(|(&node, of_node)| of_node.iter().map(move |&(_, n)| (n, node)))
            .collect();
        links.sort_unstable();
        numbers.extend(links.iter().flat_map(|&(number, node)| [integer(number), self.nodes[node.0].into()]));
        let parents = self.document.add_object(dictionary! { "Nums" => numbers });
        let root = dictionary! {
            "Type" => "StructTreeRoot",
            "K" => vec![self.nodes[0].into()],
            "ParentTree" => parents,
            "ParentTreeNextKey" => integer(self.pages.len() + links.len()),
        };
        self.document.set_object(self.root, root);
        self.root
    }

    fn kids(&self, id: NodeId, kids: &[Kid]) -> Vec<Object> {
        let mut objects = Vec::new();
        let mut last = None;
        for kid in kids {
            match *kid {
                Kid::Node(node) => objects.push(self.nodes[node.0].into()),
                Kid::Mark { page, mark } => {
                    // Marks that make one piece are named once.
                    let piece = (page, self.pages[page].mcids[mark]);
                    if let (_, Some(id)) = piece
                        && last.replace(piece) != Some(piece)
                    {
                        let reference = dictionary! { "Type" => "MCR", "Pg" => self.page_ids[page], "MCID" => integer(id) };
                        objects.push(reference.into());
                    }
                }
            }
        }
        for &(annotation, _) in self.annotations.get(&id).into_iter().flatten() {
            objects.push(dictionary! { "Type" => "OBJR", "Obj" => annotation }.into());
        }
        objects
    }

    /// What a listener hears of a part with names that run to the left: on the page their letters stand as they are seen.
    fn read_as(&self, kids: &[Kid]) -> Option<String> {
        let text_of = |kid: &Kid| match *kid {
            Kid::Mark { page, mark } => match &self.draft.pages[page].marks[mark].mark {
                Mark::Text { text, font, .. } => Some((text.as_str(), font.face)),
                Mark::Fill { .. } | Mark::Image { .. } => None,
            },
            Kid::Node(_) => None,
        };
        let texts: Vec<(&str, Face)> = kids.iter().map(text_of).collect::<Option<_>>()?;
        let has = texts.iter().any(|&(text, face)| runs_left(text, face));
        has.then(|| texts.iter().map(|(text, _)| *text).collect::<String>().trim_end().to_owned())
    }

    /// Where a figure stands.
    fn figure(&self, kids: &[Kid]) -> Object {
        let mut bounds: Option<[f64; 4]> = None;
        for kid in kids {
            let Kid::Mark { page, mark } = *kid else { continue };
            let [x, y, right, bottom] = match &self.draft.pages[page].marks[mark].mark {
                Mark::Text { x, y, font, text, .. } => {
                    [*x, y - f64::from(font.size), x + font.width(text.trim_end_matches(' ')), *y]
                }
                Mark::Fill { x, y, width, height, .. } | Mark::Image { x, y, width, height, .. } => {
                    [*x, *y, x + width, y + height]
                }
            };
            let [left, top, far, low] = bounds.unwrap_or([x, y, right, bottom]);
            bounds = Some([left.min(x), top.min(y), far.max(right), low.max(bottom)]);
        }
        let [left, top, right, bottom] = bounds.unwrap_or_default();
        let bounds = [left, HEIGHT - bottom, right, HEIGHT - top].map(real).to_vec();
        dictionary! { "O" => "Layout", "Placement" => "Block", "BBox" => bounds }.into()
    }

    /// Bookmarks of the headings, nested by their level; `None` where there are no headings.
    pub(super) fn outline(&mut self) -> Option<ObjectId> {
        let entries = self.headings();
        let root = self.document.new_object_id();
        let ids: Vec<ObjectId> = entries.iter().map(|_| self.document.new_object_id()).collect();
        let parent_of = |place: usize| {
            let level = entries[place].level;
            (0..place).rev().find(|&above| entries[above].level < level)
        };
        let parents: Vec<Option<usize>> = (0..entries.len()).map(parent_of).collect();
        let children = |parent: Option<usize>| -> Vec<usize> {
            (0..entries.len()).filter(|&place| parents[place] == parent).collect()
        };
        for (place, entry) in entries.iter().enumerate() {
            let siblings = children(parents[place]);
            let at = siblings.iter().position(|&sibling| sibling == place).unwrap_or_default();
            let mut item = dictionary! {
                "Title" => text(&entry.title),
                "Parent" => parents[place].map_or(root, |parent| ids[parent]),
                "Dest" => vec![
                    self.page_ids[entry.page].into(), "XYZ".into(), Object::Null, real(HEIGHT - entry.top), Object::Null,
                ],
            };
            if at > 0 {
                item.set("Prev", ids[siblings[at - 1]]);
            }
            if let Some(&next) = siblings.get(at + 1) {
                item.set("Next", ids[next]);
            }
            if let (below, Some((&first, &last))) =
                (children(Some(place)).len(), ends(&children(Some(place))))
            {
                item.set("First", ids[first]);
                item.set("Last", ids[last]);
                item.set("Count", integer(below));
            }
            self.document.set_object(ids[place], item);
        }
        let (&first, &last) = ends(&children(None))?;
        let outline = dictionary! {
            "Type" => "Outlines", "First" => ids[first], "Last" => ids[last], "Count" => integer(entries.len()),
        };
        self.document.set_object(root, outline);
        Some(root)
    }

    fn headings(&self) -> Vec<Bookmark> {
        let nodes = self.draft.structure.iter();
        let headings = nodes.filter_map(|(_, node)| {
            let level = node.tag.heading_level()?;
            let marks = node.kids.iter().filter_map(|kid| match *kid {
                Kid::Mark { page, mark } => match &self.draft.pages[page].marks[mark].mark {
                    Mark::Text { y, font, text, .. } => Some((page, y - f64::from(font.size), text.as_str())),
                    Mark::Fill { .. } | Mark::Image { .. } => None,
                },
                Kid::Node(_) => None,
            });
            let marks: Vec<(usize, f64, &str)> = marks.collect();
            let &(page, top, _) = marks.first()?;
            let title = marks.iter().map(|(.., text)| *text).collect::<String>();
            Some(Bookmark { level, title, page, top })
        });
        headings.collect()
    }
}

struct Bookmark {
    level: usize,
    title: String,
    page: usize,
    /// Points from the upper edge.
    top: f64,
}

fn ends<T>(items: &[T]) -> Option<(&T, &T)> {
    Some((items.first()?, items.last()?))
}

fn scope(scope: &str) -> Object {
    dictionary! { "O" => "Table", "Scope" => scope }.into()
}

/// The box of a line of text, from the place where its baseline begins.
fn text_box(left: f32, baseline: f32, width: f64, size: f64) -> Vec<Object> {
    let (left, baseline) = (f64::from(left), f64::from(baseline));
    let (ascent, descent) = Face::EXTENT_IN_EMS;
    [left, baseline - descent * size, left + width, baseline + ascent * size].map(real).to_vec()
}

fn real(length: f64) -> Object {
    #[expect(clippy::cast_possible_truncation, reason = "page sizes are far from the bounds of f32")]
    Object::Real(((length * 100.0).round() / 100.0) as f32)
}
