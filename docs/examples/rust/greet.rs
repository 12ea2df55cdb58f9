// SPDX-License-Identifier: BSD-2-Clause

//! A plugin in Rust: writes a greeting to each new environment.

mod venvb;

use std::ffi::{c_char, c_void, CStr};
use venvb::*;

struct Greet {
    text: Vec<u8>,
}

unsafe extern "C" fn load(plugin: *mut *mut c_void, _error: *mut *mut GError) -> Gboolean {
    let greet = Box::new(Greet { text: b"hello\n".to_vec() });
    unsafe { *plugin = Box::into_raw(greet) as *mut c_void };
    TRUE
}

unsafe extern "C" fn set_option(
    plugin: *mut c_void,
    key: *const c_char,
    value: *const c_char,
    error: *mut *mut GError,
) -> Gboolean {
    let greet = unsafe { &mut *(plugin as *mut Greet) };
    let key = unsafe { CStr::from_ptr(key) };
    if key.to_bytes() != b"text" {
        let message = format!("unknown option '{}'", key.to_string_lossy());
        return unsafe { set_error(error, ERROR_OPTION, &message) };
    }
    greet.text = unsafe { CStr::from_ptr(value) }.to_bytes().to_vec();
    TRUE
}

unsafe extern "C" fn post_setup(
    next: *mut Next,
    ctx: *mut Context,
    plugin: *mut c_void,
    error: *mut *mut GError,
) -> Gboolean {
    let text = unsafe { &(*(plugin as *const Greet)).text };
    unsafe {
        if venvb_next(next, ctx, error) == FALSE {
            return FALSE;
        }
        venvb_context_write_file(
            ctx,
            c_text("greeting\0"),
            text.as_ptr() as *const c_char,
            text.len() as isize,
            0o666,
            error,
        )
    }
}

unsafe extern "C" fn unload(plugin: *mut c_void) {
    drop(unsafe { Box::from_raw(plugin as *mut Greet) });
}

#[allow(non_upper_case_globals)]
#[no_mangle]
pub static venvb_plugin: Plugin = Plugin {
    name: c_text("greet\0"),
    version: c_text("0.1\0"),
    summary: c_text("write a greeting to each environment\0"),
    options_help: c_text("text=TEXT  what to write\0"),
    load: Some(load),
    set_option: Some(set_option),
    unload: Some(unload),
    post_setup: Some(post_setup),
    ..Plugin::EMPTY
};
