//! The public API of the libraries, as a text that a reviewer sees change.
//!
//! Read from the sources, so no nightly compiler is needed. Bodies, comments and what is private are left out; macros are
//! shown as they are written, with what they are called with.

use crate::server::ROOT;
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use std::{
    fs,
    path::{Path, PathBuf},
};
use syn::{Attribute, Fields, ImplItem, Item, TraitItem, Type, Visibility, parse_quote};

/// The text in `<library>/api.txt` is the library's API. `UPDATE_PAGES=1 cargo test --test it public_api` writes it anew.
#[track_caller]
fn check(library: &str) {
    let root = Path::new(ROOT).join(library);
    let api = api(&root.join("src"));
    let golden = root.join("api.txt");
    if std::env::var_os("UPDATE_PAGES").is_some() {
        fs::write(&golden, &api).unwrap();
    }
    let same = fs::read_to_string(&golden).unwrap_or_default() == api;
    assert!(same, "{library}/api.txt is not the API: read what changed, then UPDATE_PAGES=1 writes it anew");
}

#[test]
fn of_carbon_core() {
    check("carbon-core");
}

#[test]
fn of_carbon_report() {
    check("carbon-report");
}

/// Every public item, file by file. `unreachable_pub` is denied, so whatever is `pub` can be reached from outside.
fn api(src: &Path) -> String {
    let mut files = Vec::new();
    add_files(src, &mut files);
    files.sort();
    let mut api = String::new();
    for path in files {
        let file = syn::parse_file(&fs::read_to_string(&path).unwrap()).unwrap();
        let private: Vec<String> = file.items.iter().filter_map(private_type).collect();
        let of_private = |item: &Item| match item {
            Item::Impl(it) => {
                matches!(&*it.self_ty, Type::Path(of) if of.path.segments.last().is_some_and(|name| private.contains(&name.ident.to_string())))
            }
            _ => false,
        };
        let items: Vec<Item> =
            file.items.into_iter().filter(|item| !of_private(item)).filter_map(public).collect();
        if !items.is_empty() {
            let text = prettyplease::unparse(&syn::File { items, ..parse_quote!() });
            api += &format!("// {}\n{text}\n", path.strip_prefix(src).unwrap().display());
        }
    }
    api
}

fn add_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            add_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The name of a type that nobody outside sees.
fn private_type(item: &Item) -> Option<String> {
    let (visibility, name) = match item {
        Item::Enum(it) => (&it.vis, &it.ident),
        Item::Struct(it) => (&it.vis, &it.ident),
        _ => return None,
    };
    (!is_public(visibility)).then(|| name.to_string())
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// Without comments and lints; `None` where the item is for tests.
fn attributes(attributes: &mut Vec<Attribute>) -> Option<()> {
    let of_tests = |attribute: &Attribute| {
        attribute.path().is_ident("cfg")
            && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string().contains("test"))
    };
    if attributes.iter().any(of_tests) {
        return None;
    }
    attributes.retain(|attribute| !["doc", "expect"].iter().any(|name| attribute.path().is_ident(name)));
    Some(())
}

/// The item without what is private in it.
fn public(mut item: Item) -> Option<Item> {
    match &mut item {
        Item::Const(it) => {
            attributes(&mut it.attrs)?;
            is_public(&it.vis).then_some(())?;
        }
        Item::Enum(it) => {
            attributes(&mut it.attrs)?;
            is_public(&it.vis).then_some(())?;
            for variant in &mut it.variants {
                attributes(&mut variant.attrs)?;
                fields(&mut variant.fields, |_| true);
            }
        }
        Item::Fn(it) => {
            attributes(&mut it.attrs)?;
            is_public(&it.vis).then_some(())?;
            it.block = parse_quote!({});
        }
        Item::Impl(it) => {
            attributes(&mut it.attrs)?;
            let of_trait = it.trait_.is_some();
            it.items = it.items.drain(..).filter_map(|item| public_in_impl(item, of_trait)).collect();
            (of_trait || !it.items.is_empty()).then_some(())?;
        }
        Item::Macro(it) => {
            attributes(&mut it.attrs)?;
            it.mac.tokens = without_comments(std::mem::take(&mut it.mac.tokens));
            // A macro that makes nothing public is nobody's business.
            let makes_public = it.ident.is_none() || it.mac.tokens.to_string().contains("pub fn");
            makes_public.then_some(())?;
        }
        Item::Mod(it) => {
            attributes(&mut it.attrs)?;
            is_public(&it.vis).then_some(())?;
        }
        Item::Struct(it) => {
            attributes(&mut it.attrs)?;
            is_public(&it.vis).then_some(())?;
            fields(&mut it.fields, is_public);
        }
        Item::Trait(it) => {
            attributes(&mut it.attrs)?;
            is_public(&it.vis).then_some(())?;
            for item in &mut it.items {
                match item {
                    TraitItem::Fn(it) => {
                        attributes(&mut it.attrs)?;
                        it.default = it.default.is_some().then(|| parse_quote!({}));
                    }
                    TraitItem::Const(it) => attributes(&mut it.attrs)?,
                    _ => {}
                }
            }
        }
        Item::Type(it) => {
            attributes(&mut it.attrs)?;
            is_public(&it.vis).then_some(())?;
        }
        Item::Use(it) => {
            attributes(&mut it.attrs)?;
            is_public(&it.vis).then_some(())?;
        }
        _ => return None,
    }
    Some(item)
}

/// What an implementation of a trait holds is known from the trait, but for its types and constants.
fn public_in_impl(mut item: ImplItem, of_trait: bool) -> Option<ImplItem> {
    match &mut item {
        ImplItem::Fn(it) => {
            attributes(&mut it.attrs)?;
            (!of_trait && is_public(&it.vis)).then_some(())?;
            it.block = parse_quote!({});
        }
        ImplItem::Const(it) => {
            attributes(&mut it.attrs)?;
            (of_trait || is_public(&it.vis)).then_some(())?;
        }
        ImplItem::Type(it) => attributes(&mut it.attrs)?,
        _ => return None,
    }
    Some(item)
}

fn fields(fields: &mut Fields, keep: impl Fn(&Visibility) -> bool) {
    match fields {
        Fields::Named(named) => {
            let kept = named.named.iter().filter(|field| keep(&field.vis)).cloned();
            let kept = kept.map(|mut field| {
                attributes(&mut field.attrs);
                field
            });
            named.named = kept.collect();
        }
        // The place of a field in a tuple is part of its name, so the private ones are shown too.
        Fields::Unnamed(unnamed) => unnamed.unnamed.iter_mut().for_each(|field| {
            attributes(&mut field.attrs);
        }),
        Fields::Unit => {}
    }
}

/// Tokens without the attributes that comments become.
fn without_comments(tokens: TokenStream) -> TokenStream {
    let mut kept = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) if is_comment(kept.last(), &group) => {
                kept.pop();
            }
            TokenTree::Group(group) => {
                let inner = without_comments(group.stream());
                kept.push(Group::new(group.delimiter(), inner).into());
            }
            token => kept.push(token),
        }
    }
    kept.into_iter().collect()
}

fn is_comment(before: Option<&TokenTree>, group: &Group) -> bool {
    let is_attribute = matches!(before, Some(TokenTree::Punct(mark)) if mark.as_char() == '#')
        && group.delimiter() == Delimiter::Bracket;
    is_attribute && group.stream().into_iter().next().is_some_and(|name| name.to_string() == "doc")
}
