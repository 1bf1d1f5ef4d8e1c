//! The operator's fonts, for names in scripts that the embedded faces lack.

use super::font::{Descriptor, Face};
use crate::activity::hex;
use harfrust::Font;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use skrifa::{
    FontRef, MetadataProvider, Tag,
    raw::{FileRef, TableProvider},
    string::StringId,
};
use std::{cell::RefCell, fmt, sync::Arc};
use thiserror::Error;

/// What the list of the operator's fonts that a report is drawn with is called, attached to it.
pub(crate) const FONTS_FILE: &str = "fonts.json";
/// Largest file of a font, in bytes. Those of Chinese, Japanese and Korean in one have some 20 million.
pub const FONT_BYTES_MAX: usize = 64 << 20;
/// Most faces that are read.
pub const FONT_FACES_MAX: usize = 512;

/// Fonts for names that the report's own cannot show, such as Arabic, Hindi or Chinese ones.
///
/// Their order counts: a name is set in the first that has its characters, and bold text in the first bold one, if one
/// has them. The same fonts in the same order give the same bytes.
#[derive(Clone, Default)]
pub struct Fonts(Vec<Arc<ForeignFace>>);

/// Why a file is no font for a report.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{file}: {reason}")]
#[non_exhaustive]
pub struct FontError {
    /// Name of the file.
    pub file: String,
    /// What is wrong with it.
    pub reason: FontFault,
}

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FontFault {
    /// Not TrueType or OpenType, or damaged.
    #[error("is not a font that can be read (TrueType or OpenType): {0}")]
    Unreadable(String),
    /// Pictures, or outlines of a kind that PDF does not know.
    #[error("has no outlines that a PDF can hold; it needs a table `glyf` or `CFF `")]
    NoOutlines,
    /// Its licence, as it states it.
    #[error("says that it must not be embedded (fsType in its table OS/2)")]
    MayNotBeEmbedded,
    /// Too many bytes.
    #[error("is too large: at most {FONT_BYTES_MAX} bytes")]
    TooLarge,
    /// Too many faces in all files together.
    #[error("is one too many: at most {FONT_FACES_MAX} faces")]
    TooMany,
}

/// How a font draws its glyphs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outlines {
    TrueType,
    Cff,
}

/// A face of the operator's.
pub(crate) struct ForeignFace {
    named: NamedFont,
    pub(super) data: Arc<Vec<u8>>,
    pub(super) font: Font,
    pub(super) outlines: Outlines,
    is_bold: bool,
    /// PostScript name.
    pub(super) name: String,
}

/// A font as a report names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NamedFont {
    pub(crate) file: String,
    /// Which font of the file, from 0.
    pub(crate) face: u32,
    pub(crate) sha256: String,
}

impl Fonts {
    /// The fonts in these files, each with its name; a collection (`.ttc`) counts with each of its faces.
    ///
    /// # Errors
    /// [`FontError`]: a file that cannot be used.
    pub fn read(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Result<Self, FontError> {
        let mut faces = Vec::new();
        for (file, data) in files {
            let of_file = |reason| FontError { file: file.clone(), reason };
            faces.extend(faces_of(&file, data).map_err(of_file)?.into_iter().map(Arc::new));
            if faces.len() > FONT_FACES_MAX {
                return Err(of_file(FontFault::TooMany));
            }
        }
        Ok(Fonts(faces))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn face(&self, number: usize) -> &ForeignFace {
        &self.0[number]
    }

    /// Those of the named ones that are here, in that order; or the names of those that are not.
    pub(crate) fn only(&self, named: &[NamedFont]) -> Result<Self, Vec<NamedFont>> {
        // A file is itself under any name.
        let find = |wanted: &NamedFont| {
            let is_it = |face: &&Arc<ForeignFace>| {
                (&face.named.sha256, face.named.face) == (&wanted.sha256, wanted.face)
            };
            let found = self.0.iter().find(is_it)?;
            let named = wanted.clone();
            let ForeignFace { data, font, outlines, is_bold, name, .. } = &**found;
            let (data, font, name) = (data.clone(), font.clone(), name.clone());
            Some(Arc::new(ForeignFace { named, data, font, outlines: *outlines, is_bold: *is_bold, name }))
        };
        let found: Vec<_> = named.iter().filter_map(find).collect();
        if found.len() == named.len() {
            return Ok(Fonts(found));
        }
        Err(named.iter().filter(|wanted| find(wanted).is_none()).cloned().collect())
    }

    /// The names of some, as they are attached.
    pub(super) fn list(&self, numbers: impl Iterator<Item = usize>) -> Vec<u8> {
        let named: Vec<&NamedFont> = numbers.map(|number| &self.0[number].named).collect();
        let mut list = serde_json::to_vec_pretty(&named).unwrap_or_default();
        list.push(b'\n');
        list
    }

    /// The face for `cluster`: that of what stands before it if it can be, otherwise the first that has its characters.
    pub(super) fn face_for(&self, cluster: &str, face: Face, before: Option<usize>) -> Option<usize> {
        let wants_bold = face == Face::Bold;
        let same = |number: &usize| self.0[*number].is_bold == wants_bold;
        let (like, unlike): (Vec<usize>, Vec<usize>) = (0..self.0.len()).partition(same);
        before.into_iter().chain(like).chain(unlike).find(|&number| self.0[number].has(cluster))
    }

    /// Draws with these fonts at hand: all that `draw` measures or sets on this thread knows them.
    ///
    /// Which fonts there are is a matter of a whole drawing; every line of text of it is measured with them.
    pub(crate) fn at_hand<T>(&self, draw: impl FnOnce() -> T) -> T {
        struct Restore(Fonts);
        impl Drop for Restore {
            fn drop(&mut self) {
                AT_HAND.set(std::mem::take(&mut self.0));
            }
        }
        let _restore = Restore(AT_HAND.replace(self.clone()));
        draw()
    }

    /// Asks the fonts that are at hand on this thread.
    pub(super) fn ask<T>(question: impl FnOnce(&Fonts) -> T) -> T {
        AT_HAND.with_borrow(question)
    }
}

thread_local! {
    static AT_HAND: RefCell<Fonts> = const { RefCell::new(Fonts(Vec::new())) };
}

impl PartialEq for Fonts {
    fn eq(&self, other: &Self) -> bool {
        self.0.iter().map(|face| &face.named).eq(other.0.iter().map(|face| &face.named))
    }
}

impl fmt::Debug for Fonts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|face| &face.named)).finish()
    }
}

fn faces_of(file: &str, data: Vec<u8>) -> Result<Vec<ForeignFace>, FontFault> {
    if data.len() > FONT_BYTES_MAX {
        return Err(FontFault::TooLarge);
    }
    let unreadable = |error: skrifa::raw::ReadError| FontFault::Unreadable(error.to_string());
    let data = Arc::new(data);
    let sha256 = hex(&Sha256::digest(&*data));
    let fonts = FileRef::new(&data).map_err(unreadable)?;
    let face = |(number, font): (u32, Result<FontRef<'_>, _>)| {
        let named = NamedFont { file: file.to_owned(), face: number, sha256: sha256.clone() };
        face_of(named, &font.map_err(unreadable)?, &data)
    };
    (0..).zip(fonts.fonts()).map(face).collect()
}

fn face_of(named: NamedFont, font: &FontRef<'_>, data: &Arc<Vec<u8>>) -> Result<ForeignFace, FontFault> {
    /// Bits of fsType: no embedding at all, and pictures alone.
    const NO_EMBEDDING: u16 = 0x0002;
    const PICTURES_ALONE: u16 = 0x0200;
    /// Semi-bold, and what is bolder.
    const BOLD_FROM: u16 = 600;
    let unreadable = |error: skrifa::raw::ReadError| FontFault::Unreadable(error.to_string());
    for needed in [font.head().err(), font.hhea().err(), font.hmtx().err(), font.maxp().err()] {
        needed.map_or(Ok(()), |error| Err(unreadable(error)))?;
    }
    let has = |tag: &[u8; 4]| font.table_data(Tag::new(tag)).is_some();
    let outlines = match (has(b"glyf"), has(b"CFF ")) {
        (true, _) => Outlines::TrueType,
        (false, true) => Outlines::Cff,
        (false, false) => return Err(FontFault::NoOutlines),
    };
    let os2 = font.os2().ok();
    let restrictions = os2.as_ref().map_or(0, |os2| os2.fs_type());
    if restrictions & PICTURES_ALONE != 0 || restrictions & 0xF == NO_EMBEDDING {
        return Err(FontFault::MayNotBeEmbedded);
    }
    let name = font.localized_strings(StringId::POSTSCRIPT_NAME).english_or_first();
    let name: String = name.map(|name| name.chars().collect()).unwrap_or_default();
    let name: String = name.chars().filter(|sign| sign.is_ascii_alphanumeric() || *sign == '-').collect();
    let bytes: Arc<dyn AsRef<[u8]> + Send + Sync> = data.clone();
    let shaped = Font::new(bytes, named.face);
    let shaped = shaped.ok_or_else(|| FontFault::Unreadable("it cannot be shaped".to_owned()))?;
    Ok(ForeignFace {
        named,
        data: data.clone(),
        font: shaped,
        outlines,
        is_bold: os2.is_some_and(|os2| os2.us_weight_class() >= BOLD_FROM),
        name: if name.is_empty() { "Font".to_owned() } else { name },
    })
}

impl ForeignFace {
    /// Which font of its file.
    pub(super) fn index(&self) -> u32 {
        self.named.face
    }

    fn has(&self, cluster: &str) -> bool {
        let charmap = self.font.charmap();
        cluster.chars().all(|character| joins(character) || charmap.map_unicode(character).is_some())
    }

    /// How far the glyph moves the pen, in thousandths of an em, as the file states it.
    pub(super) fn width(&self, glyph: u16) -> f64 {
        let advance = self.font.glyph_metrics().h_advance(u32::from(glyph).into());
        (f64::from(advance) * 1_000.0 / self.units_per_em()).round()
    }

    pub(super) fn units_per_em(&self) -> f64 {
        f64::from(self.font.units_per_em().max(1))
    }

    /// What a PDF says of the face.
    pub(super) fn descriptor(&self) -> Result<Descriptor, skrifa::raw::ReadError> {
        let font = FontRef::from_index(&self.data, self.named.face)?;
        Descriptor::of(&font, self.is_bold)
    }
}

/// Whether a character changes how its neighbours are drawn and shows nothing itself.
fn joins(character: char) -> bool {
    matches!(character, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}
