
#include "import/options_table.h"
#include "import/options_value.h"
#include "import/profile.h"

#include <stddef.h>


#define option_string(member)  NULL, offsetof(polycard_options_t, member), 0
#define option_flag(member)    NULL, 0, offsetof(polycard_options_t, member)
#define option_set(set)        set, 0, 0


const polycard_option_t  polycard_option[] = {

    { "market", 'm', "NAME", POLYCARD_BOTH,
      "the market of this name: its keys begin with\n"
      "\"polycard:{NAME}:\"",
      option_set(polycard_options_market) },

    { "prefix", 'p', "PREFIX", POLYCARD_BOTH,
      "the same for a market with a key_prefix of its own",
      option_set(polycard_options_prefix) },

    { "redis", 'r', "ADDRESS", POLYCARD_BOTH,
      "HOST[:PORT] or unix:PATH (127.0.0.1:6379); or\n"
      "several HOST[:PORT] of one cluster, with commas",
      option_string(redis.address) },

    { "sentinel", 0, "MASTER@HOSTS", POLYCARD_BOTH,
      "instead of --redis: Sentinels, HOST[:PORT] with\n"
      "commas between them, which name this master",
      option_string(sentinel.address) },

    { "user", 'u', "NAME", POLYCARD_BOTH,
      "the user of Redis",
      option_string(redis.user) },

    { "password-file", 'P', "FILE", POLYCARD_BOTH,
      "a file that holds nothing but the password",
      option_string(redis.password_file) },

    { "database", 'n', "NUMBER", POLYCARD_BOTH,
      "the database of Redis (0)",
      option_set(polycard_options_database) },

    { "tls", 0, NULL, POLYCARD_BOTH,
      "connect to Redis with TLS",
      option_flag(redis.tls) },

    { "cacert", 0, "FILE", POLYCARD_BOTH,
      "trusted CA certificates (those of the system)",
      option_string(redis.cacert) },

    { "tls-name", 0, "NAME", POLYCARD_BOTH,
      "the name or address that Redis' certificate must\n"
      "be valid for (that in ADDRESS)",
      option_string(redis.tls_name) },

    { "insecure", 0, NULL, POLYCARD_BOTH,
      "do not check Redis' certificate: for tests",
      option_flag(redis.insecure) },

    { "cert", 0, "FILE", POLYCARD_BOTH,
      "a client certificate",
      option_string(redis.cert) },

    { "key", 0, "FILE", POLYCARD_BOTH,
      "the key of the client certificate",
      option_string(redis.key) },

    { "sentinel-user", 0, "NAME", POLYCARD_BOTH,
      "the Sentinels' own user",
      option_string(sentinel.user) },

    { "sentinel-password-file", 0, "FILE", POLYCARD_BOTH,
      "the Sentinels' own password",
      option_string(sentinel.password_file) },

    { "sentinel-tls", 0, NULL, POLYCARD_BOTH,
      "connect to the Sentinels with TLS",
      option_flag(sentinel.tls) },

    { "sentinel-cacert", 0, "FILE", POLYCARD_BOTH,
      "trusted CA certificates for the Sentinels",
      option_string(sentinel.cacert) },

    { "sentinel-tls-name", 0, "NAME", POLYCARD_BOTH,
      "the name or address in their certificates",
      option_string(sentinel.tls_name) },

    { "sentinel-insecure", 0, NULL, POLYCARD_BOTH,
      "do not check their certificates: for tests",
      option_flag(sentinel.insecure) },

    { "sentinel-cert", 0, "FILE", POLYCARD_BOTH,
      "a client certificate for the Sentinels",
      option_string(sentinel.cert) },

    { "sentinel-key", 0, "FILE", POLYCARD_BOTH,
      "the key of this certificate",
      option_string(sentinel.key) },

    { "groups", 'g', NULL, POLYCARD_BOTH,
      "loyalty groups instead of clients",
      option_flag(groups) },

    { "format", 'f', "FORMAT", POLYCARD_IMPORT,
      "csv or jsonl (detected from the first character)",
      option_set(polycard_options_format) },

    { "format", 'f', "FORMAT", POLYCARD_EXPORT,
      "csv or jsonl (csv)",
      option_set(polycard_options_format) },

    { "delimiter", 'd', "CHARACTER", POLYCARD_IMPORT,
      "of CSV: \",\", \";\", \"|\" or \"tab\" (detected)",
      option_set(polycard_options_delimiter) },

    { "delimiter", 'd', "CHARACTER", POLYCARD_EXPORT,
      "of CSV: \",\", \";\", \"|\" or \"tab\" (\",\")",
      option_set(polycard_options_delimiter) },

    { "encoding", 'e', "NAME", POLYCARD_IMPORT,
      "of the file, by its name in iconv (detected:\n"
      "UTF-8, UTF-16, windows-1251, koi8-u)",
      option_string(encoding) },

    { "encoding", 'e', "NAME", POLYCARD_EXPORT,
      "of CSV, by its name in iconv (UTF-8)",
      option_string(encoding) },

    { "bom", 0, NULL, POLYCARD_EXPORT,
      "begin CSV in UTF-8 with a byte order mark, which\n"
      "spreadsheets need",
      option_flag(bom) },

    { "columns", 'c', "NAMES", POLYCARD_EXPORT,
      "these attributes, in this order, separated by\n"
      "commas (all)",
      option_string(columns) },

    { "all", 'a', NULL, POLYCARD_EXPORT,
      "also clients without a card, which Polycard does\n"
      "not see",
      option_flag(all) },

    { "map", 'M', "TITLE=ATTRIBUTE", POLYCARD_EXPORT,
      "the title of the column of this attribute in CSV\n"
      "(the attribute's name)",
      option_set(polycard_options_map) },

    { "phone", 0, "FORM", POLYCARD_EXPORT,
      "of phones in CSV: plus (+380671112233), national\n"
      "(0671112233) or signs (+38 (067) 111-22-33)",
      option_set(polycard_options_phone) },

    { "money", 0, "UNIT", POLYCARD_EXPORT,
      "of bonuses in CSV: hryvnia or kopeck (kopeck)",
      option_set(polycard_options_money) },

    { "decimal", 0, "SIGN", POLYCARD_EXPORT,
      "the decimal separator in CSV: comma or point\n"
      "(point)",
      option_set(polycard_options_decimal) },

    { "date", 0, "ORDER", POLYCARD_EXPORT,
      "of birthdays in CSV: dmy (31.12.1990), mdy\n"
      "(12/31/1990) or ymd (1990-12-31) (19901231)",
      option_set(polycard_options_date_export) },

    { "sex", 0, "WORD=SEX", POLYCARD_EXPORT,
      "the word in CSV for male or female",
      option_set(polycard_options_sex) },

    { "text-cards", 0, NULL, POLYCARD_EXPORT,
      "a non-breaking space in CSV before card numbers\n"
      "of digits: spreadsheets take them for text",
      option_flag(text_cards) },

    { "group-titles", 0, NULL, POLYCARD_EXPORT,
      "titles of the groups in CSV instead of their ids",
      option_flag(group_titles) },

    { "sheet", 0, "NAME", POLYCARD_IMPORT,
      "of a workbook (the first one that is not hidden)",
      option_string(sheet) },

    { "map", 'M', "TITLE=ATTRIBUTE", POLYCARD_IMPORT,
      "the column with this title holds this attribute;\n"
      "without an attribute it is skipped",
      option_set(polycard_options_map) },

    { "money", 0, "UNIT", POLYCARD_IMPORT,
      "of bonuses in CSV: hryvnia or kopeck",
      option_set(polycard_options_money) },

    { "decimal", 0, "SIGN", POLYCARD_IMPORT,
      "the decimal separator in CSV: comma or point\n"
      "(detected if it is clear)",
      option_set(polycard_options_decimal) },

    { "date", 0, "ORDER", POLYCARD_IMPORT,
      "of day and month in 01/02/1990: dmy or mdy",
      option_set(polycard_options_date) },

    { "sex", 0, "WORD=SEX", POLYCARD_IMPORT,
      "this word means male, female, or (with no SEX)\n"
      "unknown; words of three languages are known",
      option_set(polycard_options_sex) },

    { "profile", 0, "FILE", POLYCARD_BOTH,
      "a file of options, one per line, without hyphens",
      option_set(polycard_profile_read) },

    { "save-profile", 0, "FILE", POLYCARD_BOTH,
      "write the options of this run to such a file",
      option_string(save_profile) },

    { "dry-run", 't', NULL, POLYCARD_IMPORT,
      "check everything, change nothing",
      option_flag(dry_run) },

    { "yes", 'y', NULL, POLYCARD_IMPORT,
      "do not ask; move clients to other phones even if\n"
      "these are too many",
      option_flag(yes) },

    { "delete-missing", 0, NULL, POLYCARD_IMPORT,
      "then delete the clients that the file does not\n"
      "name, unless there are too many of them",
      option_flag(delete_missing) },

    { "force", 0, NULL, POLYCARD_IMPORT,
      "... even if there are too many, or too many have\n"
      "another phone",
      option_flag(force) },

    { "ignore-unknown", 'i', NULL, POLYCARD_IMPORT,
      "skip columns that are not attributes",
      option_flag(ignore_unknown) },

    { "refused", 'o', "FILE", POLYCARD_IMPORT,
      "the file for refused records and the reasons\n"
      "(FILE with \".refused.csv\" appended)",
      option_string(refused) },

    { "quiet", 'q', NULL, POLYCARD_BOTH,
      "no progress bar, no summary",
      option_flag(quiet) },

    { "help", 'h', NULL, POLYCARD_BOTH,
      "this text",
      option_set(polycard_options_help) },

    { "version", 'V', NULL, POLYCARD_BOTH,
      "the versions of this program and of its functions\n"
      "for Redis",
      option_set(polycard_options_version) }
};


const size_t  polycard_option_n = polycard_nelts(polycard_option);
