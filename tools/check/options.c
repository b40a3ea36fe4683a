
#include "check/options.h"
#include "core/phone.h"
#include "version.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>


static int check_options_take(check_options_t *o, int letter,
    const char **token_file, const char **office_file);
static int check_options_set(check_options_t *o, int letter);
static int check_options_number(const char *text, long max, long *n);
static int check_options_phone(const char *text, const char **phone);
static int check_options_url(check_base_t *base, const char *url);
static int check_options_token(check_base_t *base, const char *file,
    const char *variable);
static int check_options_read_token(check_base_t *base, FILE *in,
    const char *file);
static int check_options_bad(const char *what, const char *value);


static const struct option  check_options_long[] = {
    { "token-file", required_argument, NULL, 't' },
    { "office", required_argument, NULL, 'o' },
    { "office-token-file", required_argument, NULL, 'O' },
    { "phone", required_argument, NULL, 'p' },
    { "write", required_argument, NULL, 'w' },
    { "cacert", required_argument, NULL, 'c' },
    { "cert", required_argument, NULL, 'E' },
    { "key", required_argument, NULL, 'k' },
    { "insecure", no_argument, NULL, 'i' },
    { "timeout", required_argument, NULL, 'T' },
    { "pages", required_argument, NULL, 'n' },
    { "json", no_argument, NULL, 'j' },
    { "strict", no_argument, NULL, 's' },
    { "verbose", no_argument, NULL, 'v' },
    { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, 'V' },
    { NULL, 0, NULL, 0 }
};


static const char  check_options_help[] =
"Usage: polycard-check [OPTION]... [URL]\n"
"\n"
"Asks the web services of a market under URL, such as\n"
"https://polycard.example.com/api/v1/web_service, as the gateway does, and\n"
"says for each row of the contract whether they conform. Nothing is changed\n"
"unless --write is given.\n"
"\n"
"  --token-file FILE  the access token is the first line of FILE (\"-\":\n"
"                     standard input); else it is POLYCARD_TOKEN of the\n"
"                     environment; else none is sent\n"
"  --office URL       check the office under URL too; without the other\n"
"                     URL only the office\n"
"  --office-token-file FILE\n"
"                     the same for the office's token; POLYCARD_OFFICE_TOKEN\n"
"  --phone PHONE      a client to ask for, where getClients shows none\n"
"  --write PHONE      try addClient, and what the office changes, too; a\n"
"                     client with this phone is created and stays\n"
"  --pages N          walk through N pages of getClients, 5 unless set\n"
"  --strict           what is only recommended is a failure too\n"
"  --timeout SECONDS  of a request, 10 unless set\n"
"  --cacert FILE      certificates of those who may sign the market's\n"
"  --cert FILE, --key FILE\n"
"                     a certificate to show to the market, and its key\n"
"  --insecure         take any certificate\n"
"  --json             the report as JSON\n"
"  --verbose          phones whole, and what was answered: personal data\n"
"  --help, --version\n"
"\n"
"Exit status: 0 it conforms, 1 it does not, 2 it could not be asked.\n";


int
check_options_parse(check_options_t *o, int argc, char **argv)
{
    int          letter, rc;
    const char  *token_file, *office_file;

    memset(o, 0, sizeof(check_options_t));

    o->timeout = 10;
    o->pages = 5;

    token_file = NULL;
    office_file = NULL;

    while ((letter = getopt_long(argc, argv, "", check_options_long, NULL))
           != -1)
    {
        rc = check_options_take(o, letter, &token_file, &office_file);

        if (rc != NGX_POLYCARD_OK) {
            return rc;
        }
    }

    if (argc - optind > 1 || (argc == optind && o->office.url == NULL)) {
        return check_options_bad("one URL is wanted", NULL);
    }

    if (argc > optind
        && check_options_url(&o->market, argv[optind]) != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    if (check_options_token(&o->market, token_file, "POLYCARD_TOKEN")
        != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    return o->office.url ? check_options_token(&o->office, office_file,
                                               "POLYCARD_OFFICE_TOKEN")
                         : NGX_POLYCARD_OK;
}


static int
check_options_take(check_options_t *o, int letter, const char **token_file,
    const char **office_file)
{
    switch (letter) {

    case 't':
        *token_file = optarg;
        break;

    case 'o':
        return check_options_url(&o->office, optarg);

    case 'O':
        *office_file = optarg;
        break;

    case 'p':
        return check_options_phone(optarg, &o->phone);

    case 'w':
        return check_options_phone(optarg, &o->write);

    case 'c':
        o->cacert = optarg;
        break;

    case 'E':
        o->cert = optarg;
        break;

    case 'k':
        o->key = optarg;
        break;

    case 'T':
        return check_options_number(optarg, 3600, &o->timeout);

    case 'n':
        return check_options_number(optarg, 1000000, &o->pages);

    case 'h':
        fputs(check_options_help, stdout);
        return 1;

    case 'V':
        puts("polycard-check " NGX_POLYCARD_VERSION);
        return 1;

    default:
        return check_options_set(o, letter);
    }

    return NGX_POLYCARD_OK;
}


/* those without a value */

static int
check_options_set(check_options_t *o, int letter)
{
    switch (letter) {

    case 'i':
        o->insecure = 1;
        break;

    case 'j':
        o->json = 1;
        break;

    case 's':
        o->strict = 1;
        break;

    case 'v':
        o->verbose = 1;
        break;

    default:
        return check_options_bad("--help tells the options", NULL);
    }

    return NGX_POLYCARD_OK;
}


static int
check_options_number(const char *text, long max, long *n)
{
    char  *end;

    errno = 0;
    *n = strtol(text, &end, 10);

    if (errno || end == text || *end != '\0' || *n < 1 || *n > max) {
        return check_options_bad("not a number in its bounds", text);
    }

    return NGX_POLYCARD_OK;
}


static int
check_options_phone(const char *text, const char **phone)
{
    ngx_polycard_str_t  str;

    str.data = (u_char *) text;
    str.len = strlen(text);

    if (ngx_polycard_phone_check(&str) != NGX_POLYCARD_OK) {
        return check_options_bad("a phone is 380 and 9 digits", NULL);
    }

    *phone = text;

    return NGX_POLYCARD_OK;
}


/* a password or a token in it would show in the list of processes */

static int
check_options_url(check_base_t *base, const char *url)
{
    if (strncasecmp(url, "http://", 7) != 0
        && strncasecmp(url, "https://", 8) != 0)
    {
        return check_options_bad("the URL must begin with http:// or https://",
                                 NULL);
    }

    if (url[strcspn(url, "@?# ")] != '\0') {
        return check_options_bad("a URL is wanted without user, query and "
                                 "fragment", NULL);
    }

    base->url = url;
    base->len = strlen(url);

    while (base->len && url[base->len - 1] == '/') {
        base->len--;
    }

    return NGX_POLYCARD_OK;
}


static int
check_options_token(check_base_t *base, const char *file,
    const char *variable)
{
    int          rc;
    FILE        *in;
    const char  *token;

    if (file == NULL) {
        token = getenv(variable);

        if (token == NULL || *token == '\0') {
            return NGX_POLYCARD_OK;
        }

        file = variable;
        in = fmemopen((void *) token, strlen(token), "r");

    } else {
        in = strcmp(file, "-") == 0 ? stdin : fopen(file, "r");
    }

    if (in == NULL) {
        return check_options_bad(strerror(errno), file);
    }

    rc = check_options_read_token(base, in, file);

    if (in != stdin) {
        fclose(in);
    }

    return rc;
}


/* the first line, visible characters only, as in a header */

static int
check_options_read_token(check_base_t *base, FILE *in, const char *file)
{
    size_t  i, len;
    char    line[CHECK_TOKEN_MAX + 2];

    if (fgets(line, sizeof(line), in) == NULL) {
        return check_options_bad("there is no token in it", file);
    }

    len = strcspn(line, "\r\n");

    if (len == 0 || len > CHECK_TOKEN_MAX) {
        return check_options_bad("a token has 1 to 255 characters", file);
    }

    for (i = 0; i < len; i++) {
        if (line[i] <= ' ' || line[i] > '~') {
            return check_options_bad("a token has no spaces and no "
                                     "characters beyond ASCII", file);
        }
    }

    memcpy(base->token, line, len);

    return NGX_POLYCARD_OK;
}


static int
check_options_bad(const char *what, const char *value)
{
    if (value) {
        fprintf(stderr, "polycard-check: %s: %s\n", value, what);

    } else {
        fprintf(stderr, "polycard-check: %s\n", what);
    }

    return NGX_POLYCARD_ERROR;
}
