//! Tests of the network, on small canisters written in WebAssembly text.
