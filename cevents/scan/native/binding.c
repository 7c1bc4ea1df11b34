/* The compiled reader as a Python module: buffers in, numbers out, the interpreter's lock let go.

   Every buffer is checked against the rows that it is to hold before anything is read. */

#include "binding.h"

#include "core.h"

#include <string.h>

int cev_get_buffer(PyObject *object, Py_buffer *view, size_t count, size_t size, int writable) {
    if (PyObject_GetBuffer(object, view, writable ? PyBUF_WRITABLE : PyBUF_SIMPLE) < 0) return 0;
    int is_short = (size_t)view->len / size < count;
    /* A buffer of no bytes may lie anywhere. */
    int is_askew = (size_t)view->len >= size && (uintptr_t)view->buf % size != 0;
    if (!is_short && !is_askew) return 1;
    PyBuffer_Release(view);
    PyErr_SetString(PyExc_ValueError, is_short ? "a buffer is too short" : "a buffer is askew");
    return 0;
}

typedef struct {
    PyObject_HEAD
    cev_plan plan;
    PyObject *names; /* keeps the bytes that the plan points into */
} plan_object;

static int take_bytes(plan_object *self, PyObject *bytes, const uint8_t **name, uint32_t *length) {
    if ((size_t)PyBytes_GET_SIZE(bytes) > UINT32_MAX) {
        PyErr_SetString(PyExc_ValueError, "a name is too long");
        return 0;
    }
    *name = (const uint8_t *)PyBytes_AS_STRING(bytes);
    *length = (uint32_t)PyBytes_GET_SIZE(bytes);
    return PyList_Append(self->names, bytes) == 0;
}

static int refuse_plan(const char *why) {
    PyErr_SetString(PyExc_ValueError, why);
    return 0;
}

static PyObject *tuple_at(PyObject *list, Py_ssize_t at) { /* borrowed */
    PyObject *item = PyList_GET_ITEM(list, at);
    if (PyTuple_Check(item)) return item;
    PyErr_SetString(PyExc_TypeError, "a field or an event is a tuple");
    return NULL;
}

static int is_there(const cev_plan *plan, const cev_field *field, Py_ssize_t count) {
    for (Py_ssize_t i = 0; i < count; i++) {
        const cev_field *other = &plan->field[i];
        if (other->part == field->part && other->length == field->length &&
            memcmp(other->name, field->name, field->length) == 0)
            return 1;
    }
    return 0;
}

static int is_id(const cev_plan *plan, int field) {
    int kind = field < 0 ? CEV_ID : plan->field[field].kind;
    return kind == CEV_ID || kind == CEV_GLOBAL_ID;
}

static int fill_plan(plan_object *self, PyObject *args, PyObject *keywords) {
    static char *names[] = {"parts",         "fields", "events", "other", "name_field",
                            "account_field", "strict", "url",    NULL};
    cev_plan *plan = &self->plan;
    PyObject *parts[2], *fields, *events, *word;
    unsigned long long required, known;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "(SS)O!O!(KK)iip(iiS)", names, &parts[0],
                                     &parts[1], &PyList_Type, &fields, &PyList_Type, &events,
                                     &required, &known, &plan->name_field, &plan->account_field,
                                     &plan->strict, &plan->url_field, &plan->url_id_field, &word))
        return 0;
    Py_ssize_t field_count = PyList_GET_SIZE(fields), event_count = PyList_GET_SIZE(events);
    if (field_count > CEV_MOST_FIELDS || event_count > CEV_MOST_EVENTS)
        return refuse_plan("too many fields or events");
    if (plan->name_field < 0 || plan->name_field >= field_count || plan->account_field < -1 ||
        plan->account_field >= field_count || plan->url_field < -1 ||
        plan->url_field >= field_count || plan->url_id_field < -1 ||
        plan->url_id_field >= field_count)
        return refuse_plan("no such field");
    self->names = PyList_New(0);
    if (self->names == NULL) return 0;
    for (int i = 0; i < 2; i++)
        if (!take_bytes(self, parts[i], &plan->part_name[i], &plan->part_length[i])) return 0;
    if (!take_bytes(self, word, &plan->url_word, &plan->url_word_length)) return 0;
    if (plan->url_field >= 0 && (plan->url_id_field < 0 || plan->url_word_length == 0))
        return refuse_plan("a URL names an id behind a word");
    uint64_t columns = 0;
    for (Py_ssize_t i = 0; i < field_count; i++) {
        cev_field *field = &plan->field[i];
        PyObject *name, *item = tuple_at(fields, i);
        int part, kind, column;
        if (item == NULL || !PyArg_ParseTuple(item, "iSii", &part, &name, &kind, &column) ||
            !take_bytes(self, name, &field->name, &field->length))
            return 0;
        if (part < 0 || part > 1 || kind < CEV_TEXT || kind > CEV_ANY || column < -1 ||
            column >= field_count)
            return refuse_plan("no such part, kind or column");
        if (column >= 0) {
            if (columns >> column & 1) return refuse_plan("a column of two fields");
            columns |= (uint64_t)1 << column;
        }
        field->part = (uint8_t)part;
        if (is_there(plan, field, i)) return refuse_plan("a field twice");
        field->kind = (uint8_t)kind;
        field->column = (int8_t)column;
    }
    if (columns & (columns + 1)) return refuse_plan("a column of no field");
    plan->columns = (uint32_t)__builtin_popcountll(columns);
    for (Py_ssize_t i = 0; i < event_count; i++) {
        cev_event *event = &plan->event[i];
        PyObject *name, *item = tuple_at(events, i);
        unsigned long long needs, knows;
        if (item == NULL || !PyArg_ParseTuple(item, "SKK", &name, &needs, &knows) ||
            !take_bytes(self, name, &event->name, &event->length))
            return 0;
        event->required = needs;
        event->known = knows;
    }
    plan->fields = (uint32_t)field_count;
    plan->events = (uint32_t)event_count;
    plan->event[event_count].required = required;
    plan->event[event_count].known = known;
    if (!is_id(plan, plan->account_field) || !is_id(plan, plan->url_id_field))
        return refuse_plan("an account, or what a URL names, is no id");
    cev_plan_ready(plan);
    return 1;
}

/* Made whole, so that no plan is ever incomplete, and none changes during a scan. */
static PyObject *new_plan(PyTypeObject *type, PyObject *args, PyObject *keywords) {
    PyObject *self = type->tp_alloc(type, 0);
    if (self != NULL && !fill_plan((plan_object *)self, args, keywords)) Py_CLEAR(self);
    return self;
}

static void plan_dealloc(plan_object *self) {
    PyTypeObject *type = Py_TYPE(self);
    Py_XDECREF(self->names);
    type->tp_free((PyObject *)self);
    Py_DECREF(type);
}

static PyType_Slot plan_slots[] = {
    {Py_tp_new, new_plan},
    {Py_tp_dealloc, plan_dealloc},
    {Py_tp_doc, "What a scan looks for: see cevents.scan.plan."},
    {0, NULL},
};

static PyType_Spec plan_spec = {
    .name = "cevents.scan._native.Plan",
    .basicsize = sizeof(plan_object),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = plan_slots,
};

typedef struct {
    PyTypeObject *plan_type;
} module_state;

static PyObject *lines(PyObject *module, PyObject *args) {
    PyObject *data_object, *start_object, *end_object, *result = NULL;
    Py_ssize_t size;
    Py_buffer data, start, end;
    (void)module;
    if (!PyArg_ParseTuple(args, "OnOO", &data_object, &size, &start_object, &end_object))
        return NULL;
    if (size < 0 || size > UINT32_MAX) {
        PyErr_SetString(PyExc_ValueError, "no such size");
        return NULL;
    }
    if (!cev_get_buffer(data_object, &data, (size_t)size, 1, 0)) return NULL;
    if (!cev_get_buffer(start_object, &start, 0, 4, 1)) goto no_start;
    if (!cev_get_buffer(end_object, &end, 0, 4, 1)) goto no_end;
    size_t room = (size_t)(start.len < end.len ? start.len : end.len) / 4, count;
    Py_BEGIN_ALLOW_THREADS
    count = cev_lines(data.buf, (size_t)size, start.buf, end.buf, room);
    Py_END_ALLOW_THREADS
    if (count > room)
        PyErr_SetString(PyExc_ValueError, "the arrays are too short for so many lines");
    else
        result = PyLong_FromSize_t(count);
    PyBuffer_Release(&end);
no_end:
    PyBuffer_Release(&start);
no_start:
    PyBuffer_Release(&data);
    return result;
}

static PyObject *cut(PyObject *module, PyObject *args) {
    PyObject *data_object, *start_object, *end_object, *result = NULL;
    Py_ssize_t at, stop, depth;
    Py_buffer data, start, end;
    (void)module;
    if (!PyArg_ParseTuple(args, "OnnnOO", &data_object, &at, &stop, &depth, &start_object,
                          &end_object))
        return NULL;
    if (at < 0 || at > stop || stop > UINT32_MAX || depth < 0) {
        PyErr_SetString(PyExc_ValueError, "no such place or depth");
        return NULL;
    }
    if (!cev_get_buffer(data_object, &data, (size_t)stop, 1, 0)) return NULL;
    if (!cev_get_buffer(start_object, &start, 0, 4, 1)) goto no_start;
    if (!cev_get_buffer(end_object, &end, 0, 4, 1)) goto no_end;
    size_t room = (size_t)(start.len < end.len ? start.len : end.len) / 4;
    cev_cut_result cut;
    Py_BEGIN_ALLOW_THREADS
    cut = cev_cut(data.buf, (size_t)at, (size_t)stop, (size_t)depth, start.buf, end.buf, room);
    Py_END_ALLOW_THREADS
    result = Py_BuildValue("nnni", (Py_ssize_t)cut.count, (Py_ssize_t)cut.at,
                           (Py_ssize_t)cut.depth, cut.status);
    PyBuffer_Release(&end);
no_end:
    PyBuffer_Release(&start);
no_start:
    PyBuffer_Release(&data);
    return result;
}

enum { OWN_BUFFERS = 2, COLUMN_BUFFERS = 5, MOST_BUFFERS = 2 + 5 * CEV_MOST_FIELDS };

int cev_are_within(const uint32_t *start, const uint32_t *end, size_t count, size_t size) {
    int is_within = 1;
    for (size_t i = 0; i < count; i++) is_within &= start[i] <= end[i] && end[i] <= size;
    return is_within;
}

static PyObject *scan(PyObject *module, PyObject *args) {
    static const size_t sizes[COLUMN_BUFFERS] = {4, 4, 1, 8, 2};
    module_state *state = PyModule_GetState(module);
    plan_object *plan;
    PyObject *data_object, *start_object, *end_object, *tuple, *result = NULL;
    Py_buffer data, start, end, views[MOST_BUFFERS];
    cev_columns columns;
    Py_ssize_t held = 0;
    if (!PyArg_ParseTuple(args, "O!OOOO!", state->plan_type, &plan, &data_object, &start_object,
                          &end_object, &PyTuple_Type, &tuple))
        return NULL;
    if (PyTuple_GET_SIZE(tuple) != OWN_BUFFERS + COLUMN_BUFFERS * (Py_ssize_t)plan->plan.columns) {
        PyErr_SetString(PyExc_ValueError, "not the columns of the plan");
        return NULL;
    }
    if (!cev_get_buffer(data_object, &data, 0, 1, 0)) return NULL;
    if (!cev_get_buffer(start_object, &start, 0, 4, 0)) goto no_start;
    size_t count = (size_t)start.len / 4, refused;
    if (!cev_get_buffer(end_object, &end, count, 4, 0)) goto no_end;
    for (; held < PyTuple_GET_SIZE(tuple); held++) {
        size_t size = held < OWN_BUFFERS ? 1 : sizes[(held - OWN_BUFFERS) % COLUMN_BUFFERS];
        if (!cev_get_buffer(PyTuple_GET_ITEM(tuple, held), &views[held], count, size, 1)) goto done;
    }
    if (!cev_are_within(start.buf, end.buf, count, (size_t)data.len)) {
        PyErr_SetString(PyExc_ValueError, "a text is not within the data");
        goto done;
    }
    columns.state = views[0].buf;
    columns.event = views[1].buf;
    for (uint32_t i = 0; i < plan->plan.columns; i++) {
        Py_buffer *own = views + OWN_BUFFERS + COLUMN_BUFFERS * i;
        columns.column[i] =
            (cev_column){own[0].buf, own[1].buf, own[2].buf, own[3].buf, own[4].buf};
    }
    Py_BEGIN_ALLOW_THREADS
    refused = cev_scan(&plan->plan, data.buf, (size_t)data.len, start.buf, end.buf, count, &columns);
    Py_END_ALLOW_THREADS
    result = PyLong_FromSize_t(refused);
done:
    while (held > 0) PyBuffer_Release(&views[--held]);
    PyBuffer_Release(&end);
no_end:
    PyBuffer_Release(&start);
no_start:
    PyBuffer_Release(&data);
    return result;
}

static PyObject *holding(PyObject *module, PyObject *args) {
    PyObject *data_object, *start_object, *end_object, *holds_object, *needle, *result = NULL;
    Py_buffer data, start, end, holds;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOOSO", &data_object, &start_object, &end_object, &needle,
                          &holds_object))
        return NULL;
    if (!cev_get_buffer(data_object, &data, 0, 1, 0)) return NULL;
    if (!cev_get_buffer(start_object, &start, 0, 4, 0)) goto no_start;
    size_t count = (size_t)start.len / 4;
    if (!cev_get_buffer(end_object, &end, count, 4, 0)) goto no_end;
    if (!cev_get_buffer(holds_object, &holds, count, 1, 1)) goto no_holds;
    if (cev_are_within(start.buf, end.buf, count, (size_t)data.len)) {
        Py_BEGIN_ALLOW_THREADS
        cev_holding(data.buf, start.buf, end.buf, count, (uint8_t *)PyBytes_AS_STRING(needle),
                    (size_t)PyBytes_GET_SIZE(needle), holds.buf);
        Py_END_ALLOW_THREADS
        result = Py_NewRef(Py_None);
    } else {
        PyErr_SetString(PyExc_ValueError, "a text is not within the data");
    }
    PyBuffer_Release(&holds);
no_holds:
    PyBuffer_Release(&end);
no_end:
    PyBuffer_Release(&start);
no_start:
    PyBuffer_Release(&data);
    return result;
}

static PyObject *variants(PyObject *module, PyObject *nothing) {
    PyObject *names = PyList_New(0);
    (void)module, (void)nothing;
    for (const cev_variant *v = cev_variants; names != NULL && v->name != NULL; v++) {
        PyObject *name = v->works() ? PyUnicode_FromString(v->name) : NULL;
        if (name != NULL && PyList_Append(names, name) < 0) Py_CLEAR(names);
        Py_XDECREF(name);
    }
    PyObject *result = names == NULL ? NULL : PyList_AsTuple(names);
    Py_XDECREF(names);
    return result;
}

static PyObject *variant(PyObject *module, PyObject *nothing) {
    (void)module, (void)nothing;
    return PyUnicode_FromString(cev_chosen()->name);
}

static PyObject *use(PyObject *module, PyObject *name) {
    const char *text = PyUnicode_AsUTF8(name);
    (void)module;
    if (text == NULL) return NULL;
    if (!cev_choose(text)) return PyErr_Format(PyExc_ValueError, "no variant %R here", name);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"lines", lines, METH_VARARGS, "lines(data, size, starts, ends) -> how many lines there are"},
    {"cut", cut, METH_VARARGS,
     "cut(data, at, stop, depth, starts, ends) -> texts, the place and depth reached, how it ended"},
    {"scan", scan, METH_VARARGS,
     "scan(plan, data, starts, ends, columns) -> how many texts are refused"},
    {"holding", holding, METH_VARARGS,
     "holding(data, starts, ends, needle, holds): sets holds of the texts that hold the needle"},
    {"variants", variants, METH_NOARGS, "Return the variants that work here, the best first."},
    {"variant", variant, METH_NOARGS, "Return the variant in use."},
    {"use", use, METH_O, "Choose a variant by its name."},
    {NULL, NULL, 0, NULL},
};

static int start_module(PyObject *module) {
    module_state *state = PyModule_GetState(module);
    PyObject *type = PyType_FromModuleAndSpec(module, &plan_spec, NULL);
    if (type == NULL) return -1;
    state->plan_type = (PyTypeObject *)type;
    static const char *const statuses[] = {"END", "MORE", "DAMAGED", "FULL"}; /* of cev_cut */
    for (int i = CEV_CUT_END; i <= CEV_CUT_FULL; i++)
        if (PyModule_AddIntConstant(module, statuses[i], i) < 0) return -1;
    if (cev_add_kernels(module) < 0 || cev_add_unfold(module) < 0) return -1;
    return PyModule_AddType(module, state->plan_type);
}

static int clear_module(PyObject *module) {
    module_state *state = PyModule_GetState(module);
    Py_CLEAR(state->plan_type);
    return 0;
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, start_module},
#ifdef Py_mod_gil
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "cevents.scan._native",
    .m_doc = "The compiled reader.",
    .m_size = sizeof(module_state),
    .m_methods = methods,
    .m_slots = slots,
    .m_clear = clear_module,
};

PyMODINIT_FUNC PyInit__native(void) { return PyModuleDef_Init(&definition); }
