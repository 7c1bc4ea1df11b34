/* The compiled unfolding, as Python sees it. Sizes are checked here. */

#include "binding.h"

#include "unfold.h"

static int take_key(PyObject *bytes, cev_key *key) {
    if (!PyBytes_Check(bytes) || (size_t)PyBytes_GET_SIZE(bytes) > UINT32_MAX) {
        PyErr_SetString(PyExc_TypeError, "a key is bytes");
        return 0;
    }
    *key = (cev_key){(const uint8_t *)PyBytes_AS_STRING(bytes), (uint32_t)PyBytes_GET_SIZE(bytes)};
    return 1;
}

/* Read the table of envelopes. Its names are borrowed from the tuples. */
static int take_envelopes(PyObject *keys, PyObject *pairs, PyObject *rows, cev_envelopes *table) {
    table->keys = (uint32_t)PyTuple_GET_SIZE(keys);
    table->pairs = (uint32_t)PyTuple_GET_SIZE(pairs);
    table->envelopes = (uint32_t)PyTuple_GET_SIZE(rows);
    if (PyTuple_GET_SIZE(keys) > CEV_MOST_KEYS || PyTuple_GET_SIZE(pairs) > CEV_MOST_PAIRS ||
        PyTuple_GET_SIZE(rows) > CEV_MOST_ENVELOPES) {
        PyErr_SetString(PyExc_ValueError, "too many keys, pairs or envelopes");
        return 0;
    }
    unsigned highest = 0;
    for (uint32_t i = 0; i < table->keys; i++)
        if (!take_key(PyTuple_GET_ITEM(keys, i), &table->key[i])) return 0;
    for (uint32_t i = 0; i < table->pairs; i++) {
        uint8_t *pair = table->pair[i];
        if (!PyArg_ParseTuple(PyTuple_GET_ITEM(pairs, i), "bb", &pair[0], &pair[1])) return 0;
        highest = Py_MAX(highest, Py_MAX(pair[0], pair[1]));
    }
    for (uint32_t i = 0; i < table->envelopes; i++) {
        cev_envelope *envelope = &table->envelope[i];
        PyObject *inner;
        if (!PyArg_ParseTuple(PyTuple_GET_ITEM(rows, i), "bSbb", &envelope->key, &inner,
                              &envelope->holds, &envelope->shape) ||
            !take_key(inner, &envelope->inner))
            return 0;
        highest = Py_MAX(highest, envelope->key);
        if (envelope->holds > CEV_HOLDS_ARRAY || envelope->shape >= CEV_FIRST) highest = UINT8_MAX;
    }
    if (highest < table->keys || (table->pairs == 0 && table->envelopes == 0)) return 1;
    PyErr_SetString(PyExc_ValueError, "no such key, kind or shape");
    return 0;
}

/* How many bytes the texts have in all, and the longest of them. */
static size_t sizes(const cev_block *block, size_t *longest) {
    size_t sum = 0;
    *longest = 0;
    for (size_t i = 0; i < block->count; i++) {
        size_t size = block->end[i] - block->start[i];
        if (size > *longest) *longest = size;
        sum += size;
    }
    return sum;
}

/* Returns the numbers of bytes and texts written, and of texts opened; NULL with an exception. */
static PyObject *unfolded_block(const cev_envelopes *table, const cev_block *block, uint8_t *state,
                                int is_inner, cev_unfolded *out, size_t bytes) {
    size_t longest, opened, needed = sizes(block, &longest) + block->count + CEV_SURPLUS;
    if (needed > bytes || needed > UINT32_MAX) {
        PyErr_SetString(PyExc_ValueError, "no room for so many bytes");
        return NULL;
    }
    uint32_t *quotes = PyMem_RawMalloc((longest + 65) * sizeof *quotes);
    if (quotes == NULL) return PyErr_NoMemory();
    Py_BEGIN_ALLOW_THREADS
    opened = cev_unfold(table, block, state, is_inner, quotes, longest + 64, out);
    Py_END_ALLOW_THREADS
    PyMem_RawFree(quotes);
    return Py_BuildValue("nnn", (Py_ssize_t)out->size, (Py_ssize_t)out->count, (Py_ssize_t)opened);
}

/* The columns of a block, in the order in which they come; a block of lines has the first three. */
enum { START, END, STATE, WITHOUT_PLACES, LINE = WITHOUT_PLACES, COLUMN, VERBATIM, SHAPE, COLUMNS };

/* Get the columns of a block: writable ones of any length, or ones as long as the first. Sets
   *count to the rows that all of them have. Returns how many are held, all of them or an exception. */
static Py_ssize_t get_columns(PyObject *tuple, Py_buffer *views, int is_new, size_t *count) {
    static const size_t sizes_of[COLUMNS] = {4, 4, 1, 8, 8, 1, 1};
    Py_ssize_t held = 0;
    for (; held < PyTuple_GET_SIZE(tuple); held++) {
        size_t size = sizes_of[held], least = is_new || held == 0 ? 0 : *count;
        int is_writable = is_new || held == STATE;
        PyObject *column = PyTuple_GET_ITEM(tuple, held);
        if (!cev_get_buffer(column, &views[held], least, size, is_writable)) break;
        size_t rows = (size_t)views[held].len / size;
        if (held == 0 || (is_new && rows < *count)) *count = rows;
    }
    return held;
}

static PyObject *unfold(PyObject *module, PyObject *args) {
    PyObject *keys, *pairs, *rows, *data_object, *old, *room_object, *new, *result = NULL;
    long long first_line;
    int is_inner;
    Py_buffer data, room, from[COLUMNS], to[COLUMNS];
    Py_ssize_t from_held, to_held = 0;
    cev_envelopes table;
    cev_block block;
    cev_unfolded out;
    (void)module;
    if (!PyArg_ParseTuple(args, "(O!O!O!)OO!LpOO!", &PyTuple_Type, &keys, &PyTuple_Type, &pairs,
                          &PyTuple_Type, &rows, &data_object, &PyTuple_Type, &old, &first_line,
                          &is_inner, &room_object, &PyTuple_Type, &new) ||
        !take_envelopes(keys, pairs, rows, &table))
        return NULL;
    Py_ssize_t columns = PyTuple_GET_SIZE(old);
    if ((columns != WITHOUT_PLACES && columns != COLUMNS) || PyTuple_GET_SIZE(new) != COLUMNS) {
        PyErr_SetString(PyExc_ValueError, "not the columns of a block");
        return NULL;
    }
    if (!cev_get_buffer(data_object, &data, 0, 1, 0)) return NULL;
    if (!cev_get_buffer(room_object, &room, 0, 1, 1)) goto no_room;
    from_held = get_columns(old, from, 0, &block.count);
    if (from_held < columns) goto done;
    to_held = get_columns(new, to, 1, &out.room);
    if (to_held < COLUMNS) goto done;
    block.data = data.buf;
    block.size = (size_t)data.len;
    block.start = from[START].buf;
    block.end = from[END].buf;
    block.first_line = first_line;
    block.line = columns == COLUMNS ? from[LINE].buf : NULL;
    block.column = columns == COLUMNS ? from[COLUMN].buf : NULL;
    block.verbatim = columns == COLUMNS ? from[VERBATIM].buf : NULL;
    block.shape = columns == COLUMNS ? from[SHAPE].buf : NULL;
    out.data = room.buf;
    out.start = to[START].buf;
    out.end = to[END].buf;
    out.state = to[STATE].buf;
    out.line = to[LINE].buf;
    out.column = to[COLUMN].buf;
    out.verbatim = to[VERBATIM].buf;
    out.shape = to[SHAPE].buf;
    if (cev_are_within(block.start, block.end, block.count, block.size))
        result = unfolded_block(&table, &block, from[STATE].buf, is_inner, &out,
                                (size_t)room.len);
    else
        PyErr_SetString(PyExc_ValueError, "a text is not within the data");
done:
    while (to_held > 0) PyBuffer_Release(&to[--to_held]);
    while (from_held > 0) PyBuffer_Release(&from[--from_held]);
    PyBuffer_Release(&room);
no_room:
    PyBuffer_Release(&data);
    return result;
}

static PyObject *locate(PyObject *module, PyObject *args) {
    PyObject *data_object, *place_object, *line_object, *column_object, *result = NULL;
    Py_ssize_t from;
    long long line, column;
    Py_buffer data, place, lines, columns;
    (void)module;
    if (!PyArg_ParseTuple(args, "OnOLLOO", &data_object, &from, &place_object, &line, &column,
                          &line_object, &column_object))
        return NULL;
    if (!cev_get_buffer(data_object, &data, 0, 1, 0)) return NULL;
    if (!cev_get_buffer(place_object, &place, 0, 4, 0)) goto no_place;
    size_t count = (size_t)place.len / 4;
    if (!cev_get_buffer(line_object, &lines, count, 8, 1)) goto no_lines;
    if (!cev_get_buffer(column_object, &columns, count, 8, 1)) goto no_columns;
    const uint32_t *places = place.buf;
    int is_good = from >= 0;
    for (size_t i = 0; i < count; i++) is_good &= places[i] <= (size_t)data.len;
    if (is_good) {
        int64_t last_line = line, last_column = column;
        Py_BEGIN_ALLOW_THREADS
        cev_locate(data.buf, (size_t)from, places, count, &last_line, &last_column, lines.buf,
                   columns.buf);
        Py_END_ALLOW_THREADS
        result = Py_BuildValue("LL", (long long)last_line, (long long)last_column);
    } else {
        PyErr_SetString(PyExc_ValueError, "a place is not within the data");
    }
    PyBuffer_Release(&columns);
no_columns:
    PyBuffer_Release(&lines);
no_lines:
    PyBuffer_Release(&place);
no_place:
    PyBuffer_Release(&data);
    return result;
}

static PyMethodDef methods[] = {
    {"unfold", unfold, METH_VARARGS,
     "unfold(envelopes, data, block, first_line, is_inner, room, columns) -> bytes, texts, opened"},
    {"locate", locate, METH_VARARGS,
     "locate(data, from, places, line, column, lines, columns) -> line and column of the last place"},
    {NULL, NULL, 0, NULL},
};

int cev_add_unfold(PyObject *module) {
    static const char *const kinds[] = {"TEXT", "BASE64", "OBJECT", "ARRAY"};
    for (int i = CEV_HOLDS_TEXT; i <= CEV_HOLDS_ARRAY; i++)
        if (PyModule_AddIntConstant(module, kinds[i], i) < 0) return -1;
    if (PyModule_AddIntConstant(module, "SURPLUS", CEV_SURPLUS) < 0) return -1;
    return PyModule_AddFunctions(module, methods);
}
