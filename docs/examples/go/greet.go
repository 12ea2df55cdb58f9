// SPDX-License-Identifier: BSD-2-Clause

// A plugin in Go: writes a greeting to each new environment.
package main

// #cgo pkg-config: venvb
// #include "helper.h"
import "C"

import (
	"runtime/cgo"
	"strings"
	"unsafe"
)

type greet struct {
	text string
}

func of(self C.gpointer) *greet {
	return (*(*cgo.Handle)(self)).Value().(*greet)
}

//export greetLoad
func greetLoad(self *C.gpointer, err **C.GError) C.gboolean {
	// C may keep no pointer to what Go has allocated, but a handle.
	handle := (*cgo.Handle)(C.g_malloc(C.gsize(unsafe.Sizeof(cgo.Handle(0)))))
	*handle = cgo.NewHandle(&greet{"hello\n"})
	*self = C.gpointer(handle)
	return 1
}

//export greetSetOption
func greetSetOption(self C.gpointer, key *C.char, value *C.char, err **C.GError) C.gboolean {
	if name := C.GoString(key); name != "text" {
		message := C.CString("unknown option '" + strings.ReplaceAll(name, "\n", " ") + "'")
		defer C.free(unsafe.Pointer(message))
		C.greet_set_option_error(err, message)
		return 0
	}
	of(self).text = C.GoString(value)
	return 1
}

//export greetPostSetup
func greetPostSetup(next *C.VenvbNext, ctx *C.VenvbContext, self C.gpointer, err **C.GError) C.gboolean {
	if C.venvb_next(next, ctx, err) == 0 {
		return 0
	}
	path, text := C.CString("greeting"), C.CString(of(self).text)
	defer C.free(unsafe.Pointer(path))
	defer C.free(unsafe.Pointer(text))
	return C.venvb_context_write_file(ctx, path, text, -1, 0666, err)
}

//export greetUnload
func greetUnload(self C.gpointer) {
	(*(*cgo.Handle)(self)).Delete()
	C.g_free(self)
}

func main() {}
