/* What the parts of the binding share. */

#ifndef CEV_BINDING_H
#define CEV_BINDING_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdint.h>

/* Get a buffer of at least `count` items of `size` bytes, aligned for them. */
int cev_get_buffer(PyObject *object, Py_buffer *view, size_t count, size_t size, int writable);

/* Whether texts are within `size` bytes of data. */
int cev_are_within(const uint32_t *start, const uint32_t *end, size_t count, size_t size);

int cev_add_kernels(PyObject *module); /* binding_kernels.c */
int cev_add_unfold(PyObject *module);  /* binding_unfold.c */

#endif
