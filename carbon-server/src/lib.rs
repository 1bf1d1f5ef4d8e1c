//! carbon-server
