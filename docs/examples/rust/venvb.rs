// SPDX-License-Identifier: BSD-2-Clause

//! What a plugin in Rust needs of venvb's interface and of GLib, declared by
//! hand: see venvb-plugin.h and venvb-context.h for what it means.

#![allow(dead_code)]

use std::ffi::{c_char, c_int, c_uint, c_void, CString};

pub type Gboolean = c_int;
pub const TRUE: Gboolean = 1;
pub const FALSE: Gboolean = 0;

/// Opaque: they are only handed on.
#[repr(C)]
pub struct Next([u8; 0]);
#[repr(C)]
pub struct Context([u8; 0]);
#[repr(C)]
pub struct GError([u8; 0]);

pub type StageFunc =
    unsafe extern "C" fn(*mut Next, *mut Context, *mut c_void, *mut *mut GError) -> Gboolean;

/// VenvbPlugin, as of interface 1.  Members that were added later may be left
/// out: struct_size says where it ends.
#[repr(C)]
pub struct Plugin {
    pub struct_size: usize,
    pub api_version: c_uint,
    pub name: *const c_char,
    pub version: *const c_char,
    pub summary: *const c_char,
    pub options_help: *const c_char,
    pub load: Option<unsafe extern "C" fn(*mut *mut c_void, *mut *mut GError) -> Gboolean>,
    pub set_option: Option<
        unsafe extern "C" fn(*mut c_void, *const c_char, *const c_char, *mut *mut GError) -> Gboolean,
    >,
    pub ready: Option<unsafe extern "C" fn(*mut c_void, *mut *mut GError) -> Gboolean>,
    pub unload: Option<unsafe extern "C" fn(*mut c_void)>,
    pub find_python: Option<StageFunc>,
    pub ensure_directories: Option<StageFunc>,
    pub create_ignore_files: Option<StageFunc>,
    pub create_configuration: Option<StageFunc>,
    pub setup_python: Option<StageFunc>,
    pub setup_pip: Option<StageFunc>,
    pub setup_scripts: Option<StageFunc>,
    pub post_setup: Option<StageFunc>,
    pub upgrade_dependencies: Option<StageFunc>,
}

// It is constant, and its pointers lead to constants.
unsafe impl Sync for Plugin {}

impl Plugin {
    pub const EMPTY: Plugin = Plugin {
        struct_size: std::mem::size_of::<Plugin>(),
        api_version: 1,
        name: std::ptr::null(),
        version: std::ptr::null(),
        summary: std::ptr::null(),
        options_help: std::ptr::null(),
        load: None,
        set_option: None,
        ready: None,
        unload: None,
        find_python: None,
        ensure_directories: None,
        create_ignore_files: None,
        create_configuration: None,
        setup_python: None,
        setup_pip: None,
        setup_scripts: None,
        post_setup: None,
        upgrade_dependencies: None,
    };
}

pub const ERROR_FAILED: c_int = 0;
pub const ERROR_OPTION: c_int = 2;

#[link(name = "venvb")]
extern "C" {
    pub fn venvb_next(next: *mut Next, ctx: *mut Context, error: *mut *mut GError) -> Gboolean;
    pub fn venvb_context_get(ctx: *const Context, attr: c_int) -> *const c_char;
    pub fn venvb_context_write_file(
        ctx: *mut Context,
        path: *const c_char,
        contents: *const c_char,
        length: isize,
        mode: c_uint,
        error: *mut *mut GError,
    ) -> Gboolean;
    pub fn venvb_error_quark() -> u32;
}

#[link(name = "glib-2.0")]
extern "C" {
    fn g_error_new_literal(domain: u32, code: c_int, message: *const c_char) -> *mut GError;
    fn g_propagate_error(dest: *mut *mut GError, src: *mut GError);
}

/// Sets the error that a function returns FALSE with.
pub unsafe fn set_error(error: *mut *mut GError, code: c_int, message: &str) -> Gboolean {
    let text = CString::new(message.replace(['\0', '\n'], " ")).unwrap_or_default();
    unsafe {
        g_propagate_error(error, g_error_new_literal(venvb_error_quark(), code, text.as_ptr()));
    }
    FALSE
}

/// A constant text for C, which has to end in "\0".
pub const fn c_text(text: &'static str) -> *const c_char {
    assert!(text.as_bytes()[text.len() - 1] == 0);
    text.as_ptr() as *const c_char
}
