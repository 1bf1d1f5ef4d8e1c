//! The examples on the pages compile and are right. Nothing else is here.

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(doctest)]
#[doc = include_str!("methodology.md")]
struct Methodology;
