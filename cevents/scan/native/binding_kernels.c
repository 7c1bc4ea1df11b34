/* The kernels on columns, as Python sees them: buffers in, bytes out.

   Sizes are checked here, so that the kernels need not: every buffer is at least as long as the
   number of rows asks for, and aligned for its numbers. */

#include "binding.h"

#include <stdatomic.h>
#include <string.h>

#include "indent.h"
#include "paste.h"
#include "retime.h"
#include "rows.h"
#include "tally.h"

/* Whether a buffer has *count* numbers of *width* bytes; else there is an exception. */
static int has(const Py_buffer *buffer, size_t count, size_t width, const char *name)
{
    if ((size_t)buffer->len / width < count) {
        PyErr_Format(PyExc_ValueError, "%s: fewer than %zu values", name, count);
        return 0;
    }
    if (count && (uintptr_t)buffer->buf % width) { /* one of no bytes may lie anywhere */
        PyErr_Format(PyExc_ValueError, "%s: not aligned", name);
        return 0;
    }
    return 1;
}

static void release(Py_buffer *buffers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        PyBuffer_Release(&buffers[i]);
}

/* --- Tally --- */

typedef struct {
    PyObject_HEAD
    atomic_flag is_busy; /* set while a call works on it without the GIL */
    unsigned long long seed;
    Py_ssize_t exports; /* views of its rows, which must not move meanwhile */
    cev_tally tally;
} TallyObject;

static const char *const tally_names[CEV_TALLY_FIELDS] = {
    "account", "conversation", "events", "sent",    "messages", "authors",  "forwarded",
    "created", "first",        "last",   "started", "starter",  "answered",
};

static int take(TallyObject *self)
{
    if (!atomic_flag_test_and_set(&self->is_busy))
        return 1;
    PyErr_SetString(PyExc_RuntimeError, "a Tally is in use by another thread");
    return 0;
}

/* As take, to change it. */
static int take_to_change(TallyObject *self)
{
    if (self->exports == 0)
        return take(self);
    PyErr_SetString(PyExc_BufferError, "the rows of this Tally are still looked at");
    return 0;
}

static void let_go(TallyObject *self)
{
    atomic_flag_clear(&self->is_busy);
}

/* None, or the exception for what a kernel returned. */
static PyObject *none_unless(int failure)
{
    if (failure == CEV_TALLY_NO_MEMORY)
        return PyErr_NoMemory();
    if (failure) {
        PyErr_SetString(PyExc_ValueError, "not the state of a Tally");
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *tally_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"message", "created", "forwarded", "seed", NULL};
    unsigned char message, created, forwarded;
    unsigned long long seed;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "bbbK:Tally", names, &message, &created,
                                     &forwarded, &seed))
        return NULL;
    TallyObject *self = (TallyObject *)type->tp_alloc(type, 0);
    if (!self)
        return NULL;
    atomic_flag_clear(&self->is_busy);
    self->seed = seed;
    cev_tally_init(&self->tally, message, created, forwarded, seed);
    return (PyObject *)self;
}

static void tally_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    cev_tally_free(&((TallyObject *)object)->tally);
    type->tp_free(object);
    Py_DECREF(type);
}

static Py_ssize_t tally_len(PyObject *object)
{
    return (Py_ssize_t)((TallyObject *)object)->tally.count;
}

static PyObject *tally_add(PyObject *object, PyObject *args)
{
    enum { COLUMNS = 8 };
    static const char *const names[COLUMNS] = {
        "state", "event", "account", "conversation", "message", "author", "time", "sent"};
    TallyObject *self = (TallyObject *)object;
    Py_buffer b[COLUMNS];
    Py_ssize_t n;
    if (!PyArg_ParseTuple(args, "ny*y*y*y*y*y*y*y*:add", &n, &b[0], &b[1], &b[2], &b[3], &b[4],
                          &b[5], &b[6], &b[7]))
        return NULL;
    int is_good = n >= 0;
    if (!is_good)
        PyErr_SetString(PyExc_ValueError, "fewer than no rows");
    for (size_t i = 0; i < COLUMNS && is_good; i++)
        is_good = has(&b[i], (size_t)n, i < 2 ? 1 : sizeof(int64_t), names[i]);
    PyObject *result = NULL;
    if (is_good && take_to_change(self)) {
        cev_events events = {b[0].buf, b[1].buf, b[2].buf, b[3].buf,
                             b[4].buf, b[5].buf, b[6].buf, b[7].buf};
        int failure;
        Py_BEGIN_ALLOW_THREADS
        failure = cev_tally_add(&self->tally, (size_t)n, &events);
        Py_END_ALLOW_THREADS
        let_go(self);
        result = none_unless(failure);
    }
    release(b, COLUMNS);
    return result;
}

static PyObject *tally_merge(PyObject *object, PyObject *args)
{
    TallyObject *self = (TallyObject *)object, *other;
    Py_buffer odd;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(args, "O!y*:merge", Py_TYPE(object), &other, &odd))
        return NULL;
    if (self == other) {
        PyErr_SetString(PyExc_ValueError, "a Tally cannot merge with itself");
    } else if (has(&odd, 0, sizeof(int64_t), "odd") && take_to_change(self)) {
        if (take(other)) {
            int failure;
            Py_BEGIN_ALLOW_THREADS
            failure = cev_tally_merge(&self->tally, &other->tally, odd.buf,
                                      (size_t)odd.len / sizeof(int64_t));
            Py_END_ALLOW_THREADS
            let_go(other);
            result = none_unless(failure);
        }
        let_go(self);
    }
    PyBuffer_Release(&odd);
    return result;
}

static int tally_getbuffer(PyObject *object, Py_buffer *view, int flags)
{
    TallyObject *self = (TallyObject *)object;
    static cev_talk nothing;
    view->obj = NULL;
    if (!take(self))
        return -1;
    void *talks = self->tally.count ? self->tally.talks : &nothing;
    Py_ssize_t size = (Py_ssize_t)(self->tally.count * sizeof(cev_talk));
    int failure = PyBuffer_FillInfo(view, object, talks, size, 1, flags);
    self->exports += failure == 0;
    let_go(self);
    return failure;
}

static void tally_releasebuffer(PyObject *object, Py_buffer *Py_UNUSED(view))
{
    ((TallyObject *)object)->exports--;
}

/* The columns are views of the rows themselves: no memory is taken for them. */
static PyObject *tally_rows(PyObject *object, PyObject *Py_UNUSED(ignored))
{
    PyObject *rows = PyDict_New(), *bytes = PyMemoryView_FromObject(object);
    PyObject *all = bytes ? PyObject_CallMethod(bytes, "cast", "s", "q") : NULL;
    for (Py_ssize_t field = 0; rows && all && field < CEV_TALLY_FIELDS; field++) {
        PyObject *first = PyLong_FromSsize_t(field), *step = PyLong_FromLong(CEV_TALLY_FIELDS);
        PyObject *slice = first && step ? PySlice_New(first, Py_None, step) : NULL;
        PyObject *column = slice ? PyObject_GetItem(all, slice) : NULL;
        if (!column || PyDict_SetItemString(rows, tally_names[field], column) < 0)
            Py_CLEAR(all);
        Py_XDECREF(first);
        Py_XDECREF(step);
        Py_XDECREF(slice);
        Py_XDECREF(column);
    }
    if (!all)
        Py_CLEAR(rows);
    Py_XDECREF(all);
    Py_XDECREF(bytes);
    return rows;
}

static PyObject *saved_pairs(const cev_tally *tally, const cev_table *table)
{
    size_t count = cev_table_used(table);
    cev_slot *pairs = PyMem_Malloc((count + 1) * sizeof *pairs);
    if (!pairs)
        return PyErr_NoMemory();
    cev_tally_save(tally, table, pairs);
    PyObject *bytes =
        PyBytes_FromStringAndSize((const char *)pairs, (Py_ssize_t)(count * sizeof *pairs));
    PyMem_Free(pairs);
    return bytes;
}

static PyObject *tally_reduce(PyObject *object, PyObject *Py_UNUSED(ignored))
{
    TallyObject *self = (TallyObject *)object;
    const cev_tally *tally = &self->tally;
    if (!take(self))
        return NULL;
    PyObject *talks = PyBytes_FromStringAndSize((const char *)tally->talks,
                                                (Py_ssize_t)(tally->count * sizeof(cev_talk)));
    PyObject *messages = talks ? saved_pairs(tally, &tally->messages) : NULL;
    PyObject *authors = messages ? saved_pairs(tally, &tally->authors) : NULL;
    let_go(self);
    if (!authors) {
        Py_XDECREF(talks);
        Py_XDECREF(messages);
        return NULL;
    }
    return Py_BuildValue("O(iiiK)(NNN)", Py_TYPE(object), tally->message, tally->created,
                         tally->forwarded, self->seed, talks, messages, authors);
}

static PyObject *tally_setstate(PyObject *object, PyObject *state)
{
    TallyObject *self = (TallyObject *)object;
    Py_buffer b[3];
    if (!PyTuple_Check(state) || !PyArg_ParseTuple(state, "y*y*y*", &b[0], &b[1], &b[2]))
        return PyErr_Occurred() ? NULL : none_unless(CEV_TALLY_WRONG);
    cev_saved saved = {b[0].buf, b[1].buf, b[2].buf, (size_t)b[0].len / sizeof(cev_talk),
                       (size_t)b[1].len / sizeof(cev_slot), (size_t)b[2].len / sizeof(cev_slot)};
    PyObject *result = NULL;
    if (has(&b[0], saved.count * CEV_TALLY_FIELDS, sizeof(int64_t), "talks")
        && has(&b[1], saved.message_count * 3, sizeof(uint32_t), "messages")
        && has(&b[2], saved.author_count * 3, sizeof(uint32_t), "authors") && take_to_change(self)) {
        int failure;
        Py_BEGIN_ALLOW_THREADS
        failure = cev_tally_load(&self->tally, &saved);
        Py_END_ALLOW_THREADS
        let_go(self);
        result = none_unless(failure);
    }
    release(b, 3);
    return result;
}

static PyMethodDef tally_methods[] = {
    {"add", tally_add, METH_VARARGS,
     "add(n, state, event, account, conversation, message, author, time, sent)\n--\n\n"
     "Add the first n rows of columns."},
    {"merge", tally_merge, METH_VARARGS,
     "merge($self, other, odd)\n--\n\nAdd what another one knows. odd: the numbers here (int64) of "
     "the ids that are numbered from -2 down there."},
    {"rows", tally_rows, METH_NOARGS,
     "rows($self)\n--\n\nReturn columns of int64 by name, conversations as they first came. It "
     "can't be changed while they are there."},
    {"__reduce__", tally_reduce, METH_NOARGS, NULL},
    {"__setstate__", tally_setstate, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot tally_slots[] = {
    {Py_tp_doc, "Tally(message, created, forwarded, seed)\n--\n\n"
                "Events by conversation; the first three are the numbers of events."},
    {Py_tp_new, tally_new},
    {Py_tp_dealloc, tally_dealloc},
    {Py_tp_methods, tally_methods},
    {Py_sq_length, tally_len},
    {Py_bf_getbuffer, tally_getbuffer},
    {Py_bf_releasebuffer, tally_releasebuffer},
    {0, NULL},
};

static PyType_Spec tally_spec = {
    .name = "cevents.scan._native.Tally",
    .basicsize = sizeof(TallyObject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = tally_slots,
};

/* --- texts in, bytes out --- */

enum { TEXT_BUFFERS = 4 };

/* Set *texts* from the buffers data, starts, ends and state, and *bytes* to the length of the texts
   from first up to last with a line feed for each. Returns 0 with an exception set. */
static int texts_from(const Py_buffer *b, Py_ssize_t first, Py_ssize_t last, cev_texts *texts,
                      size_t *bytes)
{
    *texts = (cev_texts){b[0].buf, b[1].buf, b[2].buf, b[3].buf};
    if (first < 0 || first > last) {
        PyErr_SetString(PyExc_ValueError, "rows from first up to last");
        return 0;
    }
    if (!has(&b[1], (size_t)last, sizeof(uint32_t), "starts")
        || !has(&b[2], (size_t)last, sizeof(uint32_t), "ends")
        || !has(&b[3], (size_t)last, 1, "state"))
        return 0;
    *bytes = 0;
    for (Py_ssize_t i = first; i < last; i++) {
        if (texts->state[i] != CEV_STATE_TAKEN)
            continue;
        if (texts->starts[i] > texts->ends[i] || texts->ends[i] > (size_t)b[0].len) {
            PyErr_SetString(PyExc_ValueError, "a text outside of the data");
            return 0;
        }
        *bytes += (size_t)(texts->ends[i] - texts->starts[i]) + 1;
    }
    return 1;
}

/* Take a sequence's *count* buffers, the first ones of a tuple or list. Returns how many it took;
   fewer with an exception set. */
static size_t take_buffers(PyObject *fast, Py_buffer *buffers, size_t count)
{
    if ((size_t)PySequence_Fast_GET_SIZE(fast) < count) {
        PyErr_Format(PyExc_ValueError, "fewer than %zu buffers", count);
        return 0;
    }
    for (size_t i = 0; i < count; i++)
        if (PyObject_GetBuffer(PySequence_Fast_GET_ITEM(fast, (Py_ssize_t)i), &buffers[i],
                               PyBUF_SIMPLE) < 0)
            return i;
    return count;
}

/* Add one column of timestamps: buffers of start, length, kind and value of each row. */
static int add_stamps(PyObject *item, size_t last, Py_buffer *b, size_t *held, cev_stamps *stamps)
{
    PyObject *fast = PySequence_Fast(item, "a field is four buffers");
    if (!fast)
        return 0;
    size_t taken = take_buffers(fast, b, 4);
    *held += taken;
    Py_DECREF(fast);
    if (taken < 4 || !has(&b[0], last, 4, "start") || !has(&b[1], last, 4, "length")
        || !has(&b[2], last, 1, "kind") || !has(&b[3], last, 8, "value"))
        return 0;
    *stamps = (cev_stamps){b[0].buf, b[1].buf, b[2].buf, b[3].buf};
    return 1;
}

/* Add one zone: buffers of starts and offsets, and whether it is written as Z. */
static int add_zone(PyObject *item, Py_buffer *b, size_t *held, cev_zone *zone)
{
    PyObject *fast = PySequence_Fast(item, "a zone is starts, offsets and whether it is UTC");
    if (!fast)
        return 0;
    int in_utc = -1;
    size_t taken = take_buffers(fast, b, 2);
    *held += taken;
    if (taken == 2 && PySequence_Fast_GET_SIZE(fast) != 3)
        PyErr_SetString(PyExc_ValueError, "a zone is starts, offsets and whether it is UTC");
    else if (taken == 2)
        in_utc = PyObject_IsTrue(PySequence_Fast_GET_ITEM(fast, 2));
    Py_DECREF(fast);
    size_t count = taken ? (size_t)b[0].len / sizeof(int64_t) : 0;
    if (in_utc < 0 || !has(&b[0], count, 8, "starts") || !has(&b[1], count, 2, "offsets"))
        return 0;
    *zone = (cev_zone){b[0].buf, b[1].buf, count, in_utc};
    return 1;
}

/* Run a job with the memory that its columns and zones want. */
static PyObject *run_retime(cev_retiming *job, PyObject *fields, PyObject *zones,
                            Py_ssize_t first, Py_ssize_t last, size_t bytes)
{
    cev_stamps stamps[CEV_STAMPS_MOST];
    size_t held = 0, i = 0, written = 0, reached = 0;
    job->stamp_count = (size_t)PySequence_Fast_GET_SIZE(fields);
    job->zone_count = (size_t)PySequence_Fast_GET_SIZE(zones);
    if (job->stamp_count > CEV_STAMPS_MOST)
        return PyErr_Format(PyExc_ValueError, "more than %d fields", CEV_STAMPS_MOST);
    Py_buffer *buffers =
        PyMem_Calloc(job->stamp_count * 4 + job->zone_count * 2 + 1, sizeof *buffers);
    cev_zone *zone = PyMem_Calloc(job->zone_count + 1, sizeof *zone);
    int is_good = buffers && zone;
    if (!is_good)
        PyErr_NoMemory();
    for (i = 0; is_good && i < job->stamp_count; i++)
        is_good = add_stamps(PySequence_Fast_GET_ITEM(fields, (Py_ssize_t)i), (size_t)last,
                             buffers + held, &held, &stamps[i]);
    for (i = 0; is_good && i < job->zone_count; i++)
        is_good = add_zone(PySequence_Fast_GET_ITEM(zones, (Py_ssize_t)i), buffers + held, &held,
                           &zone[i]);
    job->stamps = stamps;
    job->zones = zone;
    PyObject *out = NULL;
    if (is_good) {
        bytes += (size_t)(last - first) * job->stamp_count * CEV_STAMP_GROWTH;
        out = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)bytes);
    }
    if (out) {
        char *to = PyBytes_AS_STRING(out);
        Py_BEGIN_ALLOW_THREADS
        reached = cev_retime(job, (size_t)first, (size_t)last, to, &written);
        Py_END_ALLOW_THREADS
        _PyBytes_Resize(&out, (Py_ssize_t)written);
    }
    release(buffers, buffers ? held : 0);
    PyMem_Free(buffers);
    PyMem_Free(zone);
    return out ? Py_BuildValue("Nn", out, (Py_ssize_t)reached) : NULL;
}

static PyObject *kernel_retime(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer b[TEXT_BUFFERS], zone_of = {0};
    Py_ssize_t first, last;
    PyObject *fields, *zones, *rows_zones = Py_None, *result = NULL;
    if (!PyArg_ParseTuple(args, "y*y*y*y*nnOO|O:retime", &b[0], &b[1], &b[2], &b[3], &first, &last,
                          &fields, &zones, &rows_zones))
        return NULL;
    cev_retiming job = {.zone_of = NULL};
    size_t bytes;
    PyObject *field_list = PySequence_Fast(fields, "fields: a sequence");
    PyObject *zone_list = field_list ? PySequence_Fast(zones, "zones: a sequence") : NULL;
    int is_good = zone_list && texts_from(b, first, last, &job.texts, &bytes);
    if (is_good && rows_zones != Py_None) {
        is_good = PyObject_GetBuffer(rows_zones, &zone_of, PyBUF_SIMPLE) == 0
                  && has(&zone_of, (size_t)last, sizeof(uint16_t), "zone_of");
        job.zone_of = zone_of.buf;
    }
    if (is_good)
        result = run_retime(&job, field_list, zone_list, first, last, bytes);
    PyBuffer_Release(&zone_of);
    Py_XDECREF(field_list);
    Py_XDECREF(zone_list);
    release(b, TEXT_BUFFERS);
    return result;
}

/* A kernel that writes rows from *row* up to *last*, and stops before one that does not fit. */
typedef size_t row_writer(void *job, size_t row, size_t last, char *out, size_t room,
                          size_t *written);

/* Write into bytes that grow until all fits: few rows are tried twice. */
static PyObject *written_by(row_writer *writer, void *job, size_t row, size_t last,
                            size_t guess)
{
    Py_ssize_t room = (Py_ssize_t)(guess + 64), used = 0;
    PyObject *out = PyBytes_FromStringAndSize(NULL, room);
    while (out) {
        size_t written;
        char *to = PyBytes_AS_STRING(out) + used;
        Py_BEGIN_ALLOW_THREADS
        row = writer(job, row, last, to, (size_t)(room - used), &written);
        Py_END_ALLOW_THREADS
        used += (Py_ssize_t)written;
        if (row == last)
            break;
        if (room > PY_SSIZE_T_MAX / 2) {
            Py_DECREF(out);
            return PyErr_NoMemory();
        }
        room *= 2;
        _PyBytes_Resize(&out, room);
    }
    if (out)
        _PyBytes_Resize(&out, used);
    return out;
}

/* The texts that the arguments name, as a kernel writes them: *grown* bytes for two, or so. */
static PyObject *texts_by(row_writer *writer, PyObject *args, size_t grown)
{
    Py_buffer b[TEXT_BUFFERS];
    Py_ssize_t first, last;
    if (!PyArg_ParseTuple(args, "y*y*y*y*nn", &b[0], &b[1], &b[2], &b[3], &first, &last))
        return NULL;
    cev_texts texts;
    size_t bytes;
    PyObject *result = NULL;
    if (texts_from(b, first, last, &texts, &bytes))
        result = written_by(writer, &texts, (size_t)first, (size_t)last, bytes / 2 * grown);
    release(b, TEXT_BUFFERS);
    return result;
}

static size_t write_indented(void *texts, size_t row, size_t last, char *out, size_t room,
                             size_t *written)
{
    return cev_indent(texts, row, last, out, room, written);
}

static PyObject *kernel_indent(PyObject *Py_UNUSED(module), PyObject *args)
{
    return texts_by(write_indented, args, 3);
}

static size_t write_copied(void *texts, size_t row, size_t last, char *out, size_t room,
                           size_t *written)
{
    return cev_copy(texts, row, last, out, room, written);
}

static PyObject *kernel_copy(PyObject *Py_UNUSED(module), PyObject *args)
{
    return texts_by(write_copied, args, 2);
}

/* It is too short to let go of the GIL for it. */
static PyObject *kernel_strings(PyObject *Py_UNUSED(module), PyObject *args)
{
    enum { BUFFERS = 5 };
    Py_buffer b[BUFFERS];
    if (!PyArg_ParseTuple(args, "y*y*y*y*y*:strings", &b[0], &b[1], &b[2], &b[3], &b[4]))
        return NULL;
    size_t count = (size_t)b[4].len / sizeof(uint32_t), bytes = SIZE_MAX;
    cev_strings column = {b[0].buf, (size_t)b[0].len, b[1].buf, b[2].buf, b[3].buf,
                          (size_t)b[3].len};
    if (has(&b[1], column.count, sizeof(uint32_t), "start")
        && has(&b[2], column.count, sizeof(uint32_t), "length")
        && has(&b[4], count, sizeof(uint32_t), "rows")) {
        bytes = cev_strings_size(&column, b[4].buf, count);
        if (bytes == SIZE_MAX)
            PyErr_SetString(PyExc_ValueError, "a value outside of the data");
    }
    PyObject *out =
        bytes == SIZE_MAX ? NULL : PyBytes_FromStringAndSize(NULL, (Py_ssize_t)bytes);
    if (out)
        cev_strings_write(&column, b[4].buf, count, PyBytes_AS_STRING(out), bytes);
    release(b, BUFFERS);
    return out;
}

static size_t write_pasted(void *job, size_t row, size_t last, char *out, size_t room,
                           size_t *written)
{
    return cev_paste(job, row, last, out, room, written);
}

/* Add a column: bytes that have *count* lines. */
static int add_lines(cev_pasting *job, PyObject *lines, size_t count, size_t *bytes)
{
    char *at;
    Py_ssize_t size;
    size_t feeds = 0;
    if (PyBytes_AsStringAndSize(lines, &at, &size) < 0)
        return 0;
    for (Py_ssize_t byte = 0; byte < size; byte++)
        feeds += at[byte] == '\n';
    if (feeds != count || (size && at[size - 1] != '\n') || job->column_count == CEV_PASTED_MOST) {
        PyErr_Format(PyExc_ValueError, "too many columns, or one of other than %zu lines", count);
        return 0;
    }
    job->columns[job->column_count++] = (cev_lines_left){at, at + size};
    *bytes += (size_t)size;
    return 1;
}

/* Add a layout: a tuple of parts, each a tuple of a text, a column's number and a width. */
static int add_layout(cev_pasting *job, PyObject *parts)
{
    cev_layout *layout = &job->layouts[job->layout_count];
    int is_good = PyTuple_Check(parts) && PyTuple_GET_SIZE(parts) <= CEV_PARTS_MOST
                  && job->layout_count < CEV_LAYOUTS_MOST;
    for (Py_ssize_t i = 0; is_good && i < PyTuple_GET_SIZE(parts); i++) {
        const char *text;
        Py_ssize_t length, column, width;
        PyObject *part = PyTuple_GET_ITEM(parts, i);
        is_good = PyTuple_Check(part)
                  && PyArg_ParseTuple(part, "y#nn", &text, &length, &column, &width)
                  && column >= 0 && (size_t)column < job->column_count && width > -1000
                  && width < 1000;
        if (is_good)
            layout->parts[layout->count++] =
                (cev_part){text, (size_t)length, (size_t)column,
                           (size_t)(width < 0 ? -width : width), width < 0};
    }
    if (!is_good && !PyErr_Occurred())
        PyErr_SetString(PyExc_ValueError, "not a layout, or too many or too wide ones");
    job->layout_count += is_good ? 1 : 0;
    return is_good;
}

static PyObject *kernel_paste(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *columns, *layouts, *result = NULL;
    Py_buffer which;
    if (!PyArg_ParseTuple(args, "O!O!y*:paste", &PyTuple_Type, &columns, &PyTuple_Type, &layouts,
                          &which))
        return NULL;
    cev_pasting job = {.which = which.buf};
    size_t count = (size_t)which.len, bytes = count * 64;
    int is_good = 1;
    for (Py_ssize_t i = 0; is_good && i < PyTuple_GET_SIZE(columns); i++)
        is_good = add_lines(&job, PyTuple_GET_ITEM(columns, i), count, &bytes);
    for (Py_ssize_t i = 0; is_good && i < PyTuple_GET_SIZE(layouts); i++)
        is_good = add_layout(&job, PyTuple_GET_ITEM(layouts, i));
    for (size_t i = 0; is_good && i < count; i++)
        is_good = job.which[i] < job.layout_count;
    if (is_good)
        result = written_by(write_pasted, &job, 0, count, bytes);
    else if (!PyErr_Occurred())
        PyErr_SetString(PyExc_ValueError, "a line of no layout");
    PyBuffer_Release(&which);
    return result;
}

/* --- rows --- */

/* Get a column: numbers of 64 bits, *count* of them at least, in a buffer that may have steps. */
static int get_numbers(PyObject *object, Py_buffer *view, size_t count, cev_numbers *numbers)
{
    if (PyObject_GetBuffer(object, view, PyBUF_STRIDED_RO) < 0)
        return 0;
    if (view->ndim == 1 && view->itemsize == sizeof(int64_t) && (size_t)view->shape[0] >= count) {
        *numbers = (cev_numbers){view->buf, view->strides[0]};
        return 1;
    }
    PyBuffer_Release(view);
    PyErr_SetString(PyExc_ValueError, "a column is no numbers, or has fewer than there are rows");
    return 0;
}

/* The number of values that a column must have, so that each row has one. */
static size_t reach(const Py_buffer *rows)
{
    size_t most = 0;
    for (size_t i = 0; i < (size_t)rows->len / sizeof(uint32_t); i++) {
        size_t row = ((const uint32_t *)rows->buf)[i];
        most = row < most ? most : row + 1;
    }
    return most;
}

/* Add one cell: its kind, a column, another one or None, and what stands before it, if anything. */
static int add_cell(PyObject *item, size_t count, Py_buffer *b, size_t *held, cev_cell *cell)
{
    PyObject *first, *second;
    Py_ssize_t length = 0;
    *cell = (cev_cell){0};
    if (!PyTuple_Check(item)) {
        PyErr_SetString(PyExc_TypeError, "a cell is a tuple");
        return 0;
    }
    if (!PyArg_ParseTuple(item, "iOO|y#", &cell->kind, &first, &second, &cell->before.text, &length))
        return 0;
    cell->before.length = (size_t)length;
    if (cell->kind < 0 || cell->kind >= CEV_CELL_KINDS) {
        PyErr_SetString(PyExc_ValueError, "no such kind of cell");
        return 0;
    }
    if (!get_numbers(first, b, count, &cell->first))
        return 0;
    ++*held;
    if (second == Py_None)
        return 1;
    if (!get_numbers(second, b + 1, count, &cell->second))
        return 0;
    ++*held;
    return 1;
}

static PyObject *kernel_sort(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer rows, columns[2];
    PyObject *item, *result = NULL;
    int down;
    if (!PyArg_ParseTuple(args, "w*Op:sort", &rows, &item, &down))
        return NULL;
    size_t count = (size_t)rows.len / sizeof(uint32_t), held = 0;
    size_t most = has(&rows, count, sizeof(uint32_t), "rows") ? reach(&rows) : 0;
    cev_cell cell;
    if (!PyErr_Occurred() && add_cell(item, most, columns, &held, &cell)) {
        uint32_t *spare = PyMem_Malloc((count + 1) * sizeof *spare);
        uint64_t *keys = PyMem_Malloc((most + 1) * sizeof *keys);
        if (spare && keys) {
            cev_sort(rows.buf, count, &cell, down, spare, keys);
            result = Py_NewRef(Py_None);
        } else {
            PyErr_NoMemory();
        }
        PyMem_Free(keys);
        PyMem_Free(spare);
    }
    release(columns, held);
    PyBuffer_Release(&rows);
    return result;
}

enum { CELLS_MOST = 16 };

static PyObject *run_lines(const Py_buffer *rows, size_t count, const cev_form *form)
{
    size_t most = cev_line_most(form), written;
    if (count > (size_t)PY_SSIZE_T_MAX / (most + 1))
        return PyErr_NoMemory();
    PyObject *out = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(count * most));
    if (!out)
        return NULL;
    size_t done = cev_lines_of(form, rows->buf, count, PyBytes_AS_STRING(out), &written);
    if (_PyBytes_Resize(&out, (Py_ssize_t)written) < 0)
        return NULL;
    return Py_BuildValue("Nn", out, (Py_ssize_t)done);
}

static PyObject *kernel_lines_of(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer rows, buffers[2 * CELLS_MOST + 2];
    PyObject *cells, *zone, *result = NULL;
    Py_ssize_t end, quote, nothing;
    size_t held = 0;
    cev_cell cell[CELLS_MOST];
    cev_form form = {.cells = cell};
    if (!PyArg_ParseTuple(args, "y*O!(y#y#y#)O:lines_of", &rows, &PyTuple_Type, &cells,
                          &form.end.text, &end, &form.quote.text, &quote, &form.nothing.text,
                          &nothing, &zone))
        return NULL;
    form.end.length = (size_t)end;
    form.quote.length = (size_t)quote;
    form.nothing.length = (size_t)nothing;
    size_t count = (size_t)rows.len / sizeof(uint32_t), wanted = (size_t)PyTuple_GET_SIZE(cells);
    int is_good = has(&rows, count, sizeof(uint32_t), "rows");
    if (is_good && wanted > CELLS_MOST) {
        PyErr_SetString(PyExc_ValueError, "too many cells");
        is_good = 0;
    }
    is_good = is_good && add_zone(zone, buffers, &held, &form.zone);
    size_t values = is_good ? reach(&rows) : 0;
    for (; is_good && form.cell_count < wanted; form.cell_count++)
        is_good = add_cell(PyTuple_GET_ITEM(cells, (Py_ssize_t)form.cell_count), values,
                           buffers + held, &held, &cell[form.cell_count]);
    if (is_good)
        result = run_lines(&rows, count, &form);
    release(buffers, held);
    PyBuffer_Release(&rows);
    return result;
}

/* Bytes for each value. Most columns have few values, over and over: one that was there a short
   while ago is the same object again. */
static PyObject *kernel_slices(PyObject *Py_UNUSED(module), PyObject *args)
{
    enum { RECENT = 256 };
    PyObject *recent[RECENT] = {NULL}, *result = NULL; /* the recent ones are the list's */
    Py_buffer b[3];
    if (!PyArg_ParseTuple(args, "y*y*y*:slices", &b[0], &b[1], &b[2]))
        return NULL;
    const uint32_t *starts = b[1].buf, *lengths = b[2].buf;
    size_t size = (size_t)b[0].len, count = (size_t)b[1].len / sizeof *starts;
    if (has(&b[1], count, sizeof *starts, "starts")
        && has(&b[2], count, sizeof *lengths, "lengths"))
        result = PyList_New((Py_ssize_t)count);
    for (size_t i = 0; result && i < count; i++) {
        size_t start = starts[i], length = lengths[i];
        if (start > size || length > size - start) {
            PyErr_SetString(PyExc_ValueError, "a value is outside of the data");
            Py_CLEAR(result);
            break;
        }
        const uint8_t *bytes = (const uint8_t *)b[0].buf + start;
        unsigned hash = length ? bytes[0] + 3u * bytes[length / 2] + 7u * bytes[length - 1] : 0;
        PyObject **value = &recent[(hash + length) % RECENT];
        if (*value && (size_t)PyBytes_GET_SIZE(*value) == length
            && memcmp(PyBytes_AS_STRING(*value), bytes, length) == 0)
            Py_INCREF(*value);
        else
            *value = PyBytes_FromStringAndSize((const char *)bytes, (Py_ssize_t)length);
        if (*value)
            PyList_SET_ITEM(result, (Py_ssize_t)i, *value);
        else
            Py_CLEAR(result);
    }
    release(b, 3);
    return result;
}

static PyMethodDef kernels[] = {
    {"slices", kernel_slices, METH_VARARGS,
     "slices(data, starts, lengths)\n--\n\n"
     "Return the bytes of each value."},
    {"sort", kernel_sort, METH_VARARGS,
     "sort(rows, cell, down)\n--\n\nSort rows by a cell, NONE last."},
    {"lines_of", kernel_lines_of, METH_VARARGS,
     "lines_of(rows, cells, (end, quote, nothing), zone)\n--\n\n"
     "Return rows as lines, and how many of them it did. A cell is its kind, a column, another one\n"
     "or None, and what stands before it."},
    {"retime", kernel_retime, METH_VARARGS,
     "retime(data, starts, ends, state, first, last, fields, zones, zone_of=None)\n--\n\n"
     "Return the taken texts as lines, with their timestamps in other zones, and the row before\n"
     "which it stopped, which is last if it did all."},
    {"copy", kernel_copy, METH_VARARGS,
     "copy(data, starts, ends, state, first, last)\n--\n\n"
     "Return the taken texts as they are, with a line feed behind each."},
    {"strings", kernel_strings, METH_VARARGS,
     "strings(data, start, length, kind, rows)\n--\n\n"
     "Return the strings without escapes in some rows, each with a line feed behind it; an empty\n"
     "line for any other value."},
    {"paste", kernel_paste, METH_VARARGS,
     "paste(columns, layouts, which)\n--\n\n"
     "Return columns, which are lines, side by side: line i by layout which[i]."},
    {"indent", kernel_indent, METH_VARARGS,
     "indent(data, starts, ends, state, first, last)\n--\n\n"
     "Return the taken texts indented by two spaces, with a line feed behind each."},
    {NULL, NULL, 0, NULL},
};

int cev_add_kernels(PyObject *module)
{
    PyObject *type = PyType_FromSpec(&tally_spec);
    if (!type)
        return -1;
    int failure = PyModule_AddObjectRef(module, "Tally", type);
    Py_DECREF(type);
    return failure < 0 ? -1 : PyModule_AddFunctions(module, kernels);
}
