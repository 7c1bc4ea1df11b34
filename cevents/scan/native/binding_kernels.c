/* The kernels on columns, as Python sees them: buffers in, bytes out.

   Sizes are checked here, so that the kernels need not: every buffer is at least as long as the
   number of rows asks for, and aligned for its numbers. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdatomic.h>
#include <string.h>

#include "indent.h"
#include "retime.h"
#include "tally.h"

int cev_add_kernels(PyObject *module);

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

/* Indent into bytes that grow until all fits: few texts are written twice. */
static PyObject *run_indent(const cev_texts *texts, size_t row, size_t last, size_t bytes)
{
    Py_ssize_t room = (Py_ssize_t)(bytes + bytes / 2 + 64), used = 0;
    PyObject *out = PyBytes_FromStringAndSize(NULL, room);
    while (out) {
        size_t written;
        char *to = PyBytes_AS_STRING(out) + used;
        Py_BEGIN_ALLOW_THREADS
        row = cev_indent(texts, row, last, to, (size_t)(room - used), &written);
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

static PyObject *kernel_indent(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer b[TEXT_BUFFERS];
    Py_ssize_t first, last;
    if (!PyArg_ParseTuple(args, "y*y*y*y*nn:indent", &b[0], &b[1], &b[2], &b[3], &first, &last))
        return NULL;
    cev_texts texts;
    size_t bytes;
    PyObject *result = NULL;
    if (texts_from(b, first, last, &texts, &bytes))
        result = run_indent(&texts, (size_t)first, (size_t)last, bytes);
    release(b, TEXT_BUFFERS);
    return result;
}

/* A string for each instant; an empty one where there is none, None where no calendar has it. */
static PyObject *kernel_show(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer instants, zone_buffers[2];
    PyObject *zone_object, *result = NULL;
    size_t held = 0, hint = 0;
    cev_zone zone;
    if (!PyArg_ParseTuple(args, "y*O:show", &instants, &zone_object))
        return NULL;
    Py_ssize_t count = instants.len / (Py_ssize_t)sizeof(int64_t);
    if (has(&instants, (size_t)count, sizeof(int64_t), "instants")
        && add_zone(zone_object, zone_buffers, &held, &zone))
        result = PyList_New(count);
    for (Py_ssize_t i = 0; result && i < count; i++) {
        char shown[CEV_SHOWN_MOST];
        int64_t instant = ((const int64_t *)instants.buf)[i];
        size_t length = instant == CEV_NONE ? 0 : cev_show(&zone, instant, &hint, shown);
        PyObject *text = length || instant == CEV_NONE
                             ? PyUnicode_DecodeASCII(shown, (Py_ssize_t)length, NULL)
                             : Py_NewRef(Py_None);
        if (text)
            PyList_SET_ITEM(result, i, text);
        else
            Py_CLEAR(result);
    }
    release(zone_buffers, held);
    PyBuffer_Release(&instants);
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
    {"show", kernel_show, METH_VARARGS,
     "show(instants, zone)\n--\n\n"
     "Return instants as they read in a zone: empty for NONE, None where no calendar has them."},
    {"retime", kernel_retime, METH_VARARGS,
     "retime(data, starts, ends, state, first, last, fields, zones, zone_of=None)\n--\n\n"
     "Return the taken texts as lines, with their timestamps in other zones, and the row before\n"
     "which it stopped, which is last if it did all."},
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
