/* Tests of the core alone, as tables of cases; each is tried with every variant. Every input lies in
   memory of just its size, so that the sanitizers see a byte read too many. */

#include <stdio.h>
#include <stdlib.h>

#include "core.h"
#include "plans.h"

static int failures;
static const char *variant = "";

#define EXPECT(what, ...)                                              \
    do {                                                               \
        if (!(what)) {                                                 \
            failures++;                                                \
            printf("%s:%d: %s: not so: %s: ", __FILE__, __LINE__, variant, #what); \
            printf(__VA_ARGS__);                                       \
            printf("\n");                                              \
        }                                                              \
    } while (0)

#define EACH(table) (size_t i_ = 0; i_ < sizeof(table) / sizeof *(table); i_++)

static uint8_t *copy_of(const char *text, size_t size) {
    uint8_t *copy = malloc(size ? size : 1);
    if (copy == NULL) abort();
    memcpy(copy, text, size);
    return copy;
}

/* A text `times` times over. */
static char *repeated(const char *text, size_t times) {
    size_t size = strlen(text);
    char *all = malloc(size * times + 1);
    if (all == NULL) abort();
    for (size_t i = 0; i < times; i++) memcpy(all + i * size, text, size);
    all[size * times] = 0;
    return all;
}

static void test_ids(void) {
    static const struct {
        const char *text;
        int64_t value; /* -1: it is none, or too large */
    } cases[] = {
        {"0", 0},
        {"53", 53},
        {"0053", 53},
        {"00000000000000000000000000000000053", 53},
        {"9223372036854775807", INT64_MAX},
        {"9223372036854775808", -1},
        {"18446744073709551617", -1},
        {"99999999999999999999", -1},
        {"7~123", 70000000000123},
        {"007~00123", 70000000000123},
        {"0~5", 5},
        {"7~9999999999999", 79999999999999},
        {"7~10000000000000", -1},
        {"922337~2036854775807", INT64_MAX},
        {"922337~2036854775808", -1},
        {"922338~0", -1},
        {"", -1},
        {"~", -1},
        {"7~", -1},
        {"~7", -1},
        {"7~1~2", -1},
        {"-1", -1},
        {"+1", -1},
        {" 1", -1},
        {"1 ", -1},
        {"1a", -1},
        {"1:", -1},
        {"1/", -1},
        {"\xd9\xa1", -1},
    };
    for EACH(cases) {
        size_t size = strlen(cases[i_].text);
        uint8_t *text = copy_of(cases[i_].text, size);
        int64_t value = -1;
        int is_id = cev_id(text, size, &value);
        EXPECT(is_id == (cases[i_].value >= 0), "%s", cases[i_].text);
        EXPECT(!is_id || value == cases[i_].value, "%s", cases[i_].text);
        free(text);
    }
}

/* Every byte of a text of *size* digits (marked 0 in *form*) and signs is looked at, wherever it
   stands: no other will do in its place. */
static int looks_at_each(const char *text, const char *form, int (*takes)(const uint8_t *, size_t)) {
    size_t size = strlen(text);
    uint8_t *copy = copy_of(text, size);
    int is_good = takes(copy, size);
    for (size_t at = 0; at < size; at++)
        for (int byte = 0; byte < 256 && is_good; byte++) {
            int is_digit = byte >= '0' && byte <= '9', is_letter = form[at] >= 'A';
            copy[at] = (uint8_t)byte;
            if (form[at] == '0' ? !is_digit : (is_letter ? byte & ~0x20 : byte) != form[at])
                is_good = !takes(copy, size);
            copy[at] = (uint8_t)text[at];
        }
    free(copy);
    return is_good;
}

static int takes_digits(const uint8_t *text, size_t size) {
    int64_t value;
    uint64_t expected = 0;
    for (size_t i = 0; i < size; i++) expected = expected * 10 + (text[i] & 0x0f);
    return cev_digits(text, size, &value) && (uint64_t)value == expected;
}

static int takes_timestamp(const uint8_t *text, size_t size) {
    int64_t instant;
    int16_t offset;
    return cev_timestamp(text, size, &instant, &offset);
}

static void test_each_byte(void) {
    static const char digits[] = "9081726354453627180", zeros[] = "0000000000000000000";
    for (size_t skipped = 0; skipped < sizeof digits - 1; skipped++)
        EXPECT(looks_at_each(digits + skipped, zeros + skipped, takes_digits), "%s",
               digits + skipped);
    EXPECT(looks_at_each("2020-03-11T16:55:59Z", "0000-00-00T00:00:00Z", takes_timestamp), "Z");
}

static void test_timestamps(void) {
    static const struct {
        const char *text;
        int64_t instant;
        int16_t offset;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0, 0},
        {"1970-01-01t00:00:01z", 1000000, 0},
        {"2020-03-24T16:55:59.973Z", 1585068959973000, 0},
        {"2020-03-24T10:55:59.973-06:00", 1585068959973000, -360},
        {"2020-03-24T22:25:59.973+05:30", 1585068959973000, 330},
        {"2020-03-24T16:55:59.9Z", 1585068959900000, 0},
        {"2020-03-24T16:55:59.123456Z", 1585068959123456, 0},
        {"2020-03-24T16:55:59.1234569Z", 1585068959123456, 0},
        {"2020-03-24T16:55:59.123456789Z", 1585068959123456, 0},
        {"2020-03-24T16:55:59.000000001-00:00", 1585068959000000, 0},
        {"2020-02-29T00:00:00Z", 1582934400000000, 0},
        {"2000-02-29T00:00:00Z", 951782400000000, 0},
        {"1969-12-31T23:59:59.999999Z", -1, 0},
        {"0001-01-01T00:00:00Z", -62135596800000000, 0},
        {"0001-01-01T00:00:00+23:59", -62135683140000000, 1439},
        {"9999-12-31T23:59:59-23:59", 253402387139000000, -1439},
    };
    static const char *const none[] = {
        "",
        "2020-03-24",
        "2020-03-24T16:55:59",
        "2020-03-24T16:55:59.",
        "2020-03-24T16:55:59.Z",
        "2020-03-24T16:55:59,5Z",
        "2020-03-24T16:55:59.1234567891Z",
        "2020-03-24 16:55:59Z",
        "2020-03-24T16:55:60Z",
        "2020-03-24T16:60:00Z",
        "2020-03-24T24:00:00Z",
        "2020-03-24T16:55:59ZZ",
        "2020-03-24T16:55:59z ",
        "2020-03-24T16:55:59+0530",
        "2020-03-24T16:55:59+05",
        "2020-03-24T16:55:59+24:00",
        "2020-03-24T16:55:59+05:60",
        "2020-03-24T16:55:59*05:30",
        "2020-03-24T16:55:59.5",
        "2021-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2020-04-31T00:00:00Z",
        "2020-00-01T00:00:00Z",
        "2020-13-01T00:00:00Z",
        "2020-01-00T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "202a-01-01T00:00:00Z",
        "2020-W12-2T16:55:59Z",
        "2020-3-24T16:55:59ZZZ",
        "2020/03/24T16:55:59Z",
        "2020-03-24T16.55.59Z",
        "\xff\xff\xff\xff-\xff\xff-\xff\xff\x54\xff\xff:\xff\xff:\xff\xffZ",
    };
    for EACH(cases) {
        size_t size = strlen(cases[i_].text);
        uint8_t *text = copy_of(cases[i_].text, size);
        int64_t instant = 0;
        int16_t offset = 0;
        EXPECT(cev_timestamp(text, size, &instant, &offset), "%s", cases[i_].text);
        EXPECT(instant == cases[i_].instant && offset == cases[i_].offset, "%s", cases[i_].text);
        free(text);
    }
    for EACH(none) {
        size_t size = strlen(none[i_]);
        uint8_t *text = copy_of(none[i_], size);
        int64_t instant;
        int16_t offset;
        EXPECT(!cev_timestamp(text, size, &instant, &offset), "%s", none[i_]);
        free(text);
    }
}

static void test_escapes(void) {
    static const struct {
        const char *text;
        int is_good;
    } cases[] = {
        {"", 1},
        {"plain", 1},
        {"\\\"\\\\\\/\\b\\f\\n\\r\\t", 1},
        {"\\u00e9\\uABCD\\uabcd", 1},
        {"\\u0000", 1},
        {"\\ud83d\\ude00", 1},
        {"\\udbff\\udfff", 1},
        {"\\", 0},
        {"\\x", 0},
        {"\\'", 0},
        {"\\U0041", 0},
        {"\\u", 0},
        {"\\u004", 0},
        {"\\u004g", 0},
        {"\\u00 4", 0},
        {"\\ud83d", 0},
        {"\\ud83dxxxxxx", 0},
        {"\\ud83d\\n1234", 0},
        {"\\ud83d\\u0041", 0},
        {"\\ud83d\\ud83d", 0},
        {"\\ud83d\\ude0", 0},
        {"\\ude00", 0},
        {"\\ude00\\ud83d", 0},
    };
    for EACH(cases) {
        size_t size = strlen(cases[i_].text);
        uint8_t *text = copy_of(cases[i_].text, size);
        EXPECT(cev_escapes(text, size) == cases[i_].is_good, "%s", cases[i_].text);
        free(text);
    }
    uint8_t nul[] = {'\\', 0};
    EXPECT(!cev_escapes(nul, 2), "a backslash before NUL");
}

static void test_utf8(void) {
    static const struct {
        const char *text;
        int is_good;
    } cases[] = {
        {"", 1},
        {"\x7f", 1},
        {"\xc2\x80", 1},
        {"\xdf\xbf", 1},
        {"\xe0\xa0\x80", 1},
        {"\xed\x9f\xbf", 1},
        {"\xee\x80\x80", 1},
        {"\xef\xbf\xbf", 1},
        {"\xf0\x90\x80\x80", 1},
        {"\xf4\x8f\xbf\xbf", 1},
        {"\x80", 0},
        {"\xbf", 0},
        {"\xc0\x80", 0},
        {"\xc1\xbf", 0},
        {"\xc2", 0},
        {"\xc2\x7f", 0},
        {"\xc2\xc2", 0},
        {"\xe0\x9f\xbf", 0},
        {"\xe0\xa0", 0},
        {"\xe1\x80", 0},
        {"\xe1\x80\x7f", 0},
        {"\xed\xa0\x80", 0},
        {"\xf0\x8f\xbf\xbf", 0},
        {"\xf0\x90\x80", 0},
        {"\xf4\x90\x80\x80", 0},
        {"\xf5\x80\x80\x80", 0},
        {"\xff", 0},
        {"\xfe", 0},
    };
    for EACH(cases)
        for (size_t before = 0; before < 18; before++)
            for (size_t after = 0; after < 10; after++) {
                char text[64] = {0};
                size_t size = strlen(cases[i_].text);
                memset(text, 'a', before);
                memcpy(text + before, cases[i_].text, size);
                memset(text + before + size, 'a', after);
                uint8_t *copy = copy_of(text, before + size + after);
                int is_good = cev_is_utf8(copy, before + size + after);
                EXPECT(is_good == cases[i_].is_good, "case %zu, %zu before", i_, before);
                free(copy);
            }
}

static void test_lines(void) {
    static const struct {
        const char *text;
        size_t count;
        uint32_t start[4], end[4];
    } cases[] = {
        {"", 0, {0}, {0}},
        {"\n", 1, {0}, {0}},
        {"a", 1, {0}, {1}},
        {"a\n", 1, {0}, {1}},
        {"a\r\n\nbc", 3, {0, 3, 4}, {2, 3, 6}},
        {"\n\n\n", 3, {0, 1, 2}, {0, 1, 2}},
    };
    for EACH(cases) {
        size_t size = strlen(cases[i_].text);
        uint8_t *text = copy_of(cases[i_].text, size);
        uint32_t start[5] = {7, 7, 7, 7, 7}, end[5] = {7, 7, 7, 7, 7};
        for (size_t room = 0; room < 4; room++) {
            EXPECT(cev_lines(text, size, start, end, room) == cases[i_].count, "case %zu", i_);
            EXPECT(start[room] == 7 && end[room] == 7, "written behind the room");
        }
        for (size_t i = 0; i < cases[i_].count; i++)
            EXPECT(start[i] == cases[i_].start[i] && end[i] == cases[i_].end[i], "case %zu", i_);
        free(text);
    }
}

static void test_cut(void) {
    static const struct {
        const char *text;
        size_t depth, count, at, depth_there;
        int status;
        uint32_t end[3];
    } cases[] = {
        {"", 0, 0, 0, 0, CEV_CUT_END, {0}},
        {" \t\r\n\x1e", 0, 0, 5, 0, CEV_CUT_END, {0}},
        {"{}{}\n{}", 0, 3, 7, 0, CEV_CUT_END, {2, 4, 7}},
        {"[{\"a\":[1,{}]},\n{}]", 0, 2, 18, 0, CEV_CUT_END, {13, 17}},
        {"[{},", 0, 1, 4, 1, CEV_CUT_END, {3}},
        {",{}],", 1, 1, 4, 0, CEV_CUT_DAMAGED, {3}},
        {"\"a\\\"{\"{}", 0, 2, 8, 0, CEV_CUT_END, {6, 8}},
        {"\"a\\", 0, 0, 0, 0, CEV_CUT_MORE, {0}},
        {"\"\x01\"", 0, 0, 0, 0, CEV_CUT_DAMAGED, {0}},
        {"{}{\"a\":", 0, 1, 2, 0, CEV_CUT_MORE, {2}},
        {"{}{\"a", 0, 1, 2, 0, CEV_CUT_MORE, {2}},
        {"{}{\"a\x01", 0, 1, 2, 0, CEV_CUT_DAMAGED, {2}},
        {"{\"a\":\"}\\\"}\"}{}", 0, 2, 14, 0, CEV_CUT_END, {12, 14}},
        {"{\\\"}\":1}", 0, 1, 8, 0, CEV_CUT_END, {8}},
        {"{\"a\":[}", 0, 0, 0, 0, CEV_CUT_DAMAGED, {0}},
        {"{\"a\"{}}", 0, 0, 0, 0, CEV_CUT_DAMAGED, {0}},
        {"{\"a\":[1{}]}", 0, 0, 0, 0, CEV_CUT_DAMAGED, {0}},
        {"{}{}{}{}", 0, 3, 6, 0, CEV_CUT_FULL, {2, 4, 6}},
        {"{}]", 0, 1, 2, 0, CEV_CUT_DAMAGED, {2}},
        {"1", 0, 0, 0, 0, CEV_CUT_DAMAGED, {0}},
    };
    for EACH(cases) {
        size_t size = strlen(cases[i_].text);
        uint8_t *text = copy_of(cases[i_].text, size);
        uint32_t start[3], end[3];
        cev_cut_result r = cev_cut(text, 0, size, cases[i_].depth, start, end, 3);
        EXPECT(r.count == cases[i_].count && r.at == cases[i_].at, "%s", cases[i_].text);
        EXPECT(r.depth == cases[i_].depth_there && r.status == cases[i_].status, "%s",
               cases[i_].text);
        for (size_t i = 0; i < r.count; i++)
            EXPECT(end[i] == cases[i_].end[i], "%s", cases[i_].text);
        free(text);
    }
    char *deep = repeated("[", 1100);
    for (size_t depth = 1022; depth < 1026; depth++) { /* the brace around it is one more */
        char text[3000];
        size_t size = (size_t)snprintf(text, sizeof text, "{\"a\":%.*s", (int)depth, deep);
        memset(text + size, ']', depth);
        text[size + depth] = '}';
        uint32_t start, end;
        uint8_t *copy = copy_of(text, size + depth + 1);
        cev_cut_result r = cev_cut(copy, 0, size + depth + 1, 0, &start, &end, 1);
        EXPECT(r.status == (depth < 1024 ? CEV_CUT_END : CEV_CUT_DAMAGED), "depth %zu", depth);
        free(copy);
    }
    free(deep);
}

/* Scan one text. Its columns are those of plans.h. */
typedef struct {
    uint8_t state, event;
    uint32_t start[COLUMNS], length[COLUMNS];
    uint8_t kind[COLUMNS];
    int64_t value[COLUMNS];
    int16_t offset[COLUMNS];
} row;

static row scan_one(const char *text, size_t size, int which) {
    cev_plan plan;
    cev_columns columns;
    row r;
    memset(&r, 0x55, sizeof r);
    make_plan(&plan, which);
    columns.state = &r.state;
    columns.event = &r.event;
    for (int i = 0; i < COLUMNS; i++)
        columns.column[i] =
            (cev_column){&r.start[i], &r.length[i], &r.kind[i], &r.value[i], &r.offset[i]};
    uint8_t *copy = copy_of(text, size);
    uint32_t start = 0, end = (uint32_t)size;
    size_t refused = cev_scan(&plan, copy, size, &start, &end, 1, &columns);
    EXPECT(refused == (r.state == CEV_REFUSED), "%s", text);
    free(copy);
    return r;
}

#define N "\"event_name\":\"conversation_created\",\"event_time\":\"2020-03-24T16:55:59Z\""
#define M "\"metadata\":{" N "}"
#define B "\"body\":{\"conversation_id\":\"53\",\"updated_at\":\"2020-03-24T16:55:59Z\"}"

/* Which plans take a text: a bit each. */
enum { U = 1 << USABLE, J = 1 << JUDGED, S = 1 << STRICT, ALL = U | J | S };

static void test_verdicts(void) {
    static const struct {
        const char *text;
        int taken;
    } cases[] = {
        {"{" M "," B "}", ALL},
        {" {" B "\t,\r " M " } \n", ALL},
        {"{\"metadata\" : { \"event_name\" : \"conversation_created\" , \"event_time\" : "
         "\"2020-03-24T16:55:59.123456789+05:30\" } , " B "}", ALL},
        {"{" M ",\"body\":{}}", U},
        {"{\"metadata\":{},\"body\":{}}", U},
        {"{" M "," B ",\"x\":1}", U | J},
        {"{" M ",\"body\":{\"x\":[1,{\"y\":null}],\"conversation_id\":\"1\",\"updated_at\":"
         "\"2020-03-24T16:55:59Z\"}}", U | J},
        {"{\"metadata\":{\"event_name\":\"other\",\"event_time\":\"2020-03-24T16:55:59Z\"},"
         "\"body\":{\"x\":[1,-0.5e+10,{\"\\u0041\":null,\"\":[[],{}]}],\"y\":true}}", ALL},
        {"{" M ",\"body\":{\"conversation_id\":\"21070000000000000\",\"updated_at\":"
         "\"2020-03-24T16:55:59Z\"}}", U | J},
        {"{\"metadata\":{\"url\":\"/conversations/53\"," N "}," B "}", ALL},
        {"{\"metadata\":{\"url\":\"conversations\"," N "}," B "}", ALL},
        {"{\"metadata\":{\"url\":\"\\/conversations\\/70000000000053\\/\"," N "}," B "}", ALL},
        {"{\"metadata\":{\"url\":\"/conversations/54\"," N "}," B "}", U | J},
        {"{\"metadata\":{\"url\":\"\\/conversations\\/5\"," N "}," B "}", U | J},
        {"{\"metadata\":{\"url\":\"\\u0061\"," N "}," B "}", U | J},
        {"{\"metadata\":{\"event_name\":null,\"event_time\":\"2020-03-24T16:55:59Z\"},"
         "\"body\":{}}", U},
        {"{\"metadata\":{\"event_name\":\"\",\"event_time\":\"2020-03-24T16:55:59Z\"},"
         "\"body\":{}}", U},
        {"{\"metadata\":{\"event_name\":\"x\",\"event_time\":null},\"body\":{}}", U},
        {"{\"metadata\":{\"event_name\":\"x\",\"event_time\":\"yesterday\"},\"body\":{}}", 0},
        {"{\"metadata\":{\"event_name\":\"\\u0078\"},\"body\":{}}", 0},
        {"{\"metadata\":{\"user_login\":\"\\ud83d\\ude00 \\n\xc3\xa9\"},\"body\":{}}", U},
        {"{\"metadata\":{\"user_login\":\"\\ud83d\"},\"body\":{}}", 0},
        {"{\"metadata\":{\"user_login\":\"\xed\xa0\x80\"},\"body\":{}}", 0},
        {"{\"metadata\":{\"user_login\":\"\xff\"},\"body\":{}}", 0},
        {"{\"metadata\":{\"user_login\":\"\x01\"},\"body\":{}}", 0},
        {"{\"metadata\":{\"user_login\":\"\x7f\"},\"body\":{}}", U},
        {"{\"metadata\":{\"user_\\u006cogin\":\"x\"},\"body\":{}}", 0},
        {"{\"metadata\":{\"user_login\":\"x\",\"user_login\":\"x\"},\"body\":{}}", 0},
        {"{\"metadata\":{\"x\":1,\"x\":2},\"body\":{}}", U},
        {"{\"metadata\":{},\"body\":{},\"body\":{}}", 0},
        {"{\"metadata\":{},\"metadata\":{},\"body\":{}}", 0},
        {"{\"metadata\":{},\"body\":[]}", 0},
        {"{\"metadata\":null,\"body\":{}}", 0},
        {"{\"metadata\":{}}", 0},
        {"{\"body\":{}}", 0},
        {"{}", 0},
        {"[]", 0},
        {"null", 0},
        {"\xef\xbb\xbf{\"metadata\":{},\"body\":{}}", 0},
        {"{\"metadata\":{},\"body\":{}}x", 0},
        {"{\"metadata\":{},\"body\":{}}{}", 0},
        {"{\"metadata\":{},\"body\":{},}", 0},
        {"{\"metadata\":{},\"body\":{}", 0},
        {"{\"metadata\":{},\"body\":{}]", 0},
        {"{,\"metadata\":{},\"body\":{}}", 0},
        {"{\"metadata\":{}\"body\":{}}", 0},
        {"{\"metadata\":{},\"body\":{\"x\"}}", 0},
        {"{\"metadata\":{},\"body\":{\"x\":}}", 0},
        {"{\"metadata\":{},\"body\":{\"x\":1,}}", 0},
        {"{\"metadata\":{},\"body\":{\"x\":[1,]}}", 0},
        {"{\"metadata\":{},\"body\":{\"x\":[,1]}}", 0},
        {"{\"metadata\":{},\"body\":{\"x\":[1 2]}}", 0},
        {"{\"metadata\":{},\"body\":{\"x\":[1:2]}}", 0},
        {"{\"metadata\":{},\"body\":{\"x\":{\"y\",1}}}", 0},
        {"{\"metadata\":{},\"body\":{\"x\":{1:1}}}", 0},
        {"{\"metadata\":{},\"body\":{\"x\":{\"y\":1]}}", 0},
        {"{\"metadata\":{},\"body\":{\"x\":[1}}}", 0},
        {"{\"metadata\":{},\"body\":{\"x\":\"y\"\"z\"}}", 0},
        {"{\"metadata\":{},\"body\":{\"x\":\"y}}", 0},
        {"{\"metadata\":{},\"body\":{\"x\":\\\"y\\\"}}", 0},
        {"{\"metadata\":{},\"body\":{\"x\":\"\\x\"}}", 0},
        {"{\"metadata\":{},\"body\":{\"x\":01}}", 0},
        {"{\"metadata\":{},\"body\":{\"x\":-}}", 0},
        {"{\"metadata\":{},\"body\":{\"x\":-01}}", 0},
        {"{\"metadata\":{},\"body\":{\"x\":+1}}", 0},
        {"{\"metadata\":{},\"body\":{\"x\":1.}}", 0},
        {"{\"metadata\":{},\"body\":{\"x\":.5}}", 0},
        {"{\"metadata\":{},\"body\":{\"x\":1e}}", 0},
        {"{\"metadata\":{},\"body\":{\"x\":1e+}}", 0},
        {"{\"metadata\":{},\"body\":{\"x\":0x1}}", 0},
        {"{\"metadata\":{},\"body\":{\"x\":NaN}}", 0},
        {"{\"metadata\":{},\"body\":{\"x\":Infinity}}", 0},
        {"{\"metadata\":{},\"body\":{\"x\":nul}}", 0},
        {"{\"metadata\":{},\"body\":{\"x\":nulll}}", 0},
        {"{\"metadata\":{},\"body\":{\"x\":True}}", 0},
        {"{\"metadata\":{},\"body\":{\"x\":'y'}}", 0},
        {"{\"metadata\":{},\"body\":{\"x\":/**/1}}", 0},
        {"{\"metadata\":{},\v\"body\":{}}", 0},
        {"{\"metadata\":{},\xc2\xa0\"body\":{}}", 0},
        {"{\"metadata\":{},\"body\":{\"x\":[0,-0,0.0,1E5,1e-5,-12.5e+3,0e0]}}", U},
        {"{\"metadata\":{},\"body\":{\"conversation_id\":53}}", U},
        {"{\"metadata\":{},\"body\":{\"conversation_id\":-53}}", 0},
        {"{\"metadata\":{},\"body\":{\"conversation_id\":5.5}}", 0},
        {"{\"metadata\":{},\"body\":{\"conversation_id\":9223372036854775808}}", 0},
        {"{\"metadata\":{},\"body\":{\"conversation_id\":\"53a\"}}", 0},
        {"{\"metadata\":{},\"body\":{\"conversation_id\":\"5\\u0033\"}}", 0},
        {"{\"metadata\":{},\"body\":{\"conversation_id\":{}}}", U},
    };
    for EACH(cases)
        for (int which = 0; which < PLANS; which++) {
            row r = scan_one(cases[i_].text, strlen(cases[i_].text), which);
            int expected = cases[i_].taken >> which & 1 ? CEV_TAKEN : CEV_REFUSED;
            EXPECT(r.state == expected, "plan %d: %s", which, cases[i_].text);
        }
    static const char *const blank[] = {"", " ", "\r", " \t\n\r\v\f "};
    for EACH(blank) {
        row r = scan_one(blank[i_], strlen(blank[i_]), USABLE);
        EXPECT(r.state == CEV_BLANK && r.event == CEV_OTHER_EVENT, "case %zu", i_);
        EXPECT(r.kind[0] == CEV_ABSENT && r.value[0] == CEV_NONE, "case %zu", i_);
    }
    EXPECT(scan_one("\0", 1, USABLE).state == CEV_REFUSED, "NUL");
}

/* A text that is cut off anywhere is refused. */
static void test_truncated(void) {
    const char *text = "{\"x\":[1,\"\\u00e9\",null],\"metadata\":{\"event_time\":"
                       "\"2020-03-24T16:55:59Z\",\"user_id\":\"7~1\"},\"body\":{\"anything\":-1e5}}";
    EXPECT(scan_one(text, strlen(text), USABLE).state == CEV_TAKEN, "%s", text);
    for (size_t size = 1; size < strlen(text); size++)
        EXPECT(scan_one(text, size, USABLE).state == CEV_REFUSED, "%zu bytes", size);
}

static void test_values(void) {
    static const char text[] =
        "{\"body\":{\"event_name\":\"decoy\",\"conversation_id\":\"53\",\"anything\":[1, {}],"
        "\"metadata\":{}},\"metadata\":{\"root_account_id\":\"70000000000001\",\"user_login\":"
        "\"a\\\"b\",\"event_time\":\"2020-03-24T10:55:59.973-06:00\",\"event_name\":"
        "\"conversation_created\"}}";
    row r = scan_one(text, sizeof text - 1, USABLE);
    static const struct {
        const char *raw;
        uint8_t kind;
        int64_t value;
        int16_t offset;
    } cases[COLUMNS] = {
        [NAME_COLUMN] = {"conversation_created", CEV_STRING, CEV_NONE, 0},
        [TIME_COLUMN] = {"2020-03-24T10:55:59.973-06:00", CEV_STRING, 1585068959973000, -360},
        [ID_COLUMN] = {"53", CEV_STRING, 70000000000053, 0},
        [LOGIN_COLUMN] = {"a\\\"b", CEV_ESCAPED, CEV_NONE, 0},
        [ANY_COLUMN] = {"[1, {}]", CEV_OTHER, CEV_NONE, 0},
    };
    EXPECT(r.state == CEV_TAKEN && r.event == 0, "%s", text);
    for (int i = 0; i < COLUMNS; i++) {
        EXPECT(r.length[i] == strlen(cases[i].raw), "column %d", i);
        EXPECT(memcmp(text + r.start[i], cases[i].raw, strlen(cases[i].raw)) == 0, "column %d", i);
        EXPECT(r.kind[i] == cases[i].kind && r.value[i] == cases[i].value, "column %d", i);
        EXPECT(r.offset[i] == cases[i].offset, "column %d", i);
    }
    static const struct {
        const char *account, *id;
        int64_t value;
    } ids[] = {
        {"\"70000000000001\"", "\"53\"", 70000000000053},
        {"\"7~1\"", "\"53\"", 70000000000053},
        {"70000000000001", "53", 70000000000053},
        {"\"70000000000001\"", "\"8~53\"", 80000000000053},
        {"\"70000000000001\"", "\"80000000000053\"", 80000000000053},
        {"\"1\"", "\"53\"", 53},
        {"null", "\"53\"", 53},
        {"[]", "\"53\"", 53},
        {"\"9223370000000000000\"", "\"3\"", 9223370000000000003},
        {"\"9223370000000000000\"", "\"9999999999999\"", 9999999999999},
        {"\"70000000000001\"", "null", CEV_NONE},
        {"\"70000000000001\"", "false", CEV_NONE},
    };
    for EACH(ids) {
        char event[400];
        int size = snprintf(event, sizeof event,
                            "{\"metadata\":{\"root_account_id\":%s},\"body\":{\"conversation_id\":%s}}",
                            ids[i_].account, ids[i_].id);
        r = scan_one(event, (size_t)size, USABLE);
        EXPECT(r.state == CEV_TAKEN && r.value[ID_COLUMN] == ids[i_].value, "%s", event);
        EXPECT(r.event == CEV_OTHER_EVENT, "%s", event);
    }
}

/* Quotes and backslashes at every place of a block of 64 bytes. */
static void test_blocks(void) {
    for (size_t before = 0; before < 140; before++)
        for (size_t backslashes = 0; backslashes < 70; backslashes++) {
            char event[400] = "{\"metadata\":{\"user_login\":\"";
            size_t at = strlen(event);
            memset(event + at, 'a', before);
            memset(event + at + before, '\\', backslashes);
            size_t size = at + before + backslashes;
            size += (size_t)snprintf(event + size, sizeof event - size, "\"},\"body\":{}}");
            row r = scan_one(event, size, USABLE);
            int is_closed = backslashes % 2 == 0;
            EXPECT(r.state == (is_closed ? CEV_TAKEN : CEV_REFUSED), "%s", event);
            EXPECT(!is_closed || r.length[LOGIN_COLUMN] == before + backslashes, "%s", event);
        }
}

/* What is too deep, or has too many strings, is refused. */
static void test_limits(void) {
    for (size_t depth = 1; depth < 2000; depth += depth < 70 ? 1 : 300)
        for (int objects = 0; objects < 2; objects++) {
            char *open = repeated(objects ? "{\"a\":" : "[", depth);
            char *close = repeated(objects ? "}" : "]", depth);
            size_t room = strlen(open) + strlen(close) + 100;
            char *event = malloc(room);
            if (event == NULL) abort();
            int size = snprintf(event, room, "{\"metadata\":{},\"body\":{\"anything\":%s1%s}}", open,
                                close);
            row r = scan_one(event, (size_t)size, USABLE);
            if (depth <= 60) EXPECT(r.state == CEV_TAKEN, "depth %zu", depth);
            if (depth > 64) EXPECT(r.state == CEV_REFUSED, "depth %zu", depth);
            free(open);
            free(close);
            free(event);
        }
    for (size_t strings = 1000; strings < 100000; strings *= 3) {
        char *list = repeated("\"\",", strings);
        size_t room = strlen(list) + 100;
        char *event = malloc(room);
        if (event == NULL) abort();
        int size = snprintf(event, room, "{\"metadata\":{},\"body\":{\"x\":[%s1]}}", list);
        row r = scan_one(event, (size_t)size, USABLE);
        if (strings <= 3000) EXPECT(r.state == CEV_TAKEN, "%zu strings", strings);
        EXPECT(r.state == CEV_TAKEN || r.state == CEV_REFUSED, "%zu strings", strings);
        free(list);
        free(event);
    }
}

int main(void) {
    test_ids();
    test_timestamps();
    test_each_byte();
    test_escapes();
    test_utf8();
    test_lines();
    int tried = 0;
    for (const cev_variant *v = cev_variants; v->name != NULL; v++) {
        if (!cev_choose(v->name)) continue;
        variant = v->name;
        tried++;
        test_cut();
        test_verdicts();
        test_truncated();
        test_values();
        test_blocks();
        test_limits();
    }
    EXPECT(!cev_choose("mmx") && strcmp(cev_chosen()->name, variant) == 0, "no such variant");
    EXPECT(tried > 0, "no variant");
    printf("%d variants, %d failures\n", tried, failures);
    return failures > 0;
}
