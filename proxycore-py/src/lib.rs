//! The Python wheel.
