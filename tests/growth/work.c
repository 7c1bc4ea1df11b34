/* Counts the work of one thread: see work.py. Built with the compiled reader, but not as that is. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdint.h>

uint64_t work_lines, work_blocks, work_copied, work_scanned;

/* The compiler puts a call of this into every basic block of the compiled reader. */
void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void) { work_blocks++; }

/* --- lines of Python --- */

static int on_line(PyObject *self, PyFrameObject *frame, int what, PyObject *arg) {
    (void)self, (void)frame, (void)arg;
    work_lines += what == PyTrace_LINE;
    return 0;
}

/* --- memory: what is copied in Python goes to new memory, or is put into a buffer --- */

static PyMemAllocatorEx before[2];

static void *counted_malloc(void *at, size_t size) {
    PyMemAllocatorEx *inner = at;
    work_copied += size;
    return inner->malloc(inner->ctx, size);
}

static void *counted_calloc(void *at, size_t count, size_t size) {
    PyMemAllocatorEx *inner = at;
    work_copied += count * size;
    return inner->calloc(inner->ctx, count, size);
}

static void *counted_realloc(void *at, void *memory, size_t size) {
    PyMemAllocatorEx *inner = at;
    work_copied += size;
    return inner->realloc(inner->ctx, memory, size);
}

static void counted_free(void *at, void *memory) {
    PyMemAllocatorEx *inner = at;
    inner->free(inner->ctx, memory);
}

/* --- buffers --- */

static objobjargproc put_into_bytearray, put_into_view;
static objobjproc is_in_bytes, is_in_bytearray;

static void count_put(PyObject *key, PyObject *value) {
    if (!value || !PySlice_Check(key)) return;
    Py_ssize_t size = PyObject_Size(value);
    if (size > 0) work_copied += (uint64_t)size;
    PyErr_Clear();
}

static int counted_put_into_bytearray(PyObject *self, PyObject *key, PyObject *value) {
    count_put(key, value);
    return put_into_bytearray(self, key, value);
}

static int counted_put_into_view(PyObject *self, PyObject *key, PyObject *value) {
    count_put(key, value);
    return put_into_view(self, key, value);
}

static int counted_is_in_bytes(PyObject *self, PyObject *what) {
    work_scanned += (uint64_t)PyBytes_GET_SIZE(self);
    return is_in_bytes(self, what);
}

static int counted_is_in_bytearray(PyObject *self, PyObject *what) {
    work_scanned += (uint64_t)PyByteArray_GET_SIZE(self);
    return is_in_bytearray(self, what);
}

/* --- start and stop --- */

static const PyMemAllocatorDomain DOMAINS[2] = {PYMEM_DOMAIN_MEM, PYMEM_DOMAIN_OBJ};

void work_start(void);
void work_stop(void);

void work_start(void) {
    for (int i = 0; i < 2; i++) {
        PyMem_GetAllocator(DOMAINS[i], &before[i]);
        PyMemAllocatorEx counted = {
            &before[i], counted_malloc, counted_calloc, counted_realloc, counted_free};
        PyMem_SetAllocator(DOMAINS[i], &counted);
    }
    put_into_bytearray = PyByteArray_Type.tp_as_mapping->mp_ass_subscript;
    put_into_view = PyMemoryView_Type.tp_as_mapping->mp_ass_subscript;
    is_in_bytes = PyBytes_Type.tp_as_sequence->sq_contains;
    is_in_bytearray = PyByteArray_Type.tp_as_sequence->sq_contains;
    PyByteArray_Type.tp_as_mapping->mp_ass_subscript = counted_put_into_bytearray;
    PyMemoryView_Type.tp_as_mapping->mp_ass_subscript = counted_put_into_view;
    PyBytes_Type.tp_as_sequence->sq_contains = counted_is_in_bytes;
    PyByteArray_Type.tp_as_sequence->sq_contains = counted_is_in_bytearray;
    work_lines = work_blocks = work_copied = work_scanned = 0;
    PyEval_SetTrace(on_line, NULL);
}

void work_stop(void) {
    PyEval_SetTrace(NULL, NULL);
    PyByteArray_Type.tp_as_mapping->mp_ass_subscript = put_into_bytearray;
    PyMemoryView_Type.tp_as_mapping->mp_ass_subscript = put_into_view;
    PyBytes_Type.tp_as_sequence->sq_contains = is_in_bytes;
    PyByteArray_Type.tp_as_sequence->sq_contains = is_in_bytearray;
    for (int i = 0; i < 2; i++) PyMem_SetAllocator(DOMAINS[i], &before[i]);
}
