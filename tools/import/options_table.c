
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
      "HOST[:PORT] or unix:PATH (127.0.0.1:6379)",
      option_string(redis) },

    { "user", 'u', "NAME", POLYCARD_BOTH,
      "the user of Redis",
      option_string(user) },

    { "password-file", 'P', "FILE", POLYCARD_BOTH,
      "a file that holds nothing but the password",
      option_string(password_file) },

    { "database", 'n', "NUMBER", POLYCARD_BOTH,
      "the database of Redis (0)",
      option_set(polycard_options_database) },

    { "tls", 0, NULL, POLYCARD_BOTH,
      "Redis is spoken to over TLS",
      option_flag(tls) },

    { "cacert", 0, "FILE", POLYCARD_BOTH,
      "who must have signed its certificate (those whom\n"
      "the system trusts)",
      option_string(cacert) },

    { "tls-name", 0, "NAME", POLYCARD_BOTH,
      "whose certificate it must be (that of the host)",
      option_string(tls_name) },

    { "insecure", 0, NULL, POLYCARD_BOTH,
      "whoever has signed it, and whosever it is",
      option_flag(insecure) },

    { "cert", 0, "FILE", POLYCARD_BOTH,
      "a certificate of our own",
      option_string(cert) },

    { "key", 0, "FILE", POLYCARD_BOTH,
      "its key",
      option_string(key) },

    { "groups", 'g', NULL, POLYCARD_BOTH,
      "loyalty groups instead of clients",
      option_flag(groups) },

    { "format", 'f', "FORMAT", POLYCARD_IMPORT,
      "csv or jsonl (found out from the first character)",
      option_set(polycard_options_format) },

    { "format", 'f', "FORMAT", POLYCARD_EXPORT,
      "csv or jsonl (csv)",
      option_set(polycard_options_format) },

    { "delimiter", 'd', "CHARACTER", POLYCARD_IMPORT,
      "of CSV: \",\", \";\", \"|\" or \"tab\" (found out)",
      option_set(polycard_options_delimiter) },

    { "delimiter", 'd', "CHARACTER", POLYCARD_EXPORT,
      "of CSV: \",\", \";\", \"|\" or \"tab\" (\",\")",
      option_set(polycard_options_delimiter) },

    { "encoding", 'e', "NAME", POLYCARD_IMPORT,
      "of the file, as iconv calls it (found out: UTF-8,\n"
      "UTF-16, windows-1251, koi8-u)",
      option_string(encoding) },

    { "encoding", 'e', "NAME", POLYCARD_EXPORT,
      "of CSV, as iconv calls it (UTF-8)",
      option_string(encoding) },

    { "bom", 0, NULL, POLYCARD_EXPORT,
      "CSV in UTF-8 begins with a byte order mark, which\n"
      "spreadsheets want",
      option_flag(bom) },

    { "columns", 'c', "NAMES", POLYCARD_EXPORT,
      "these attributes, in this order, with commas\n"
      "between them (all)",
      option_string(columns) },

    { "all", 'a', NULL, POLYCARD_EXPORT,
      "also what is no record for Polycard: clients\n"
      "without a card",
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
      "before decimals in CSV: comma or point (point)",
      option_set(polycard_options_decimal) },

    { "date", 0, "ORDER", POLYCARD_EXPORT,
      "of birthdays in CSV: dmy (31.12.1990), mdy\n"
      "(12/31/1990) or ymd (1990-12-31) (19901231)",
      option_set(polycard_options_date_export) },

    { "sex", 0, "WORD=SEX", POLYCARD_EXPORT,
      "this word in CSV for male or female",
      option_set(polycard_options_sex) },

    { "text-cards", 0, NULL, POLYCARD_EXPORT,
      "CSV has a space that does not break before card\n"
      "numbers of digits: for spreadsheets they are text",
      option_flag(text_cards) },

    { "group-titles", 0, NULL, POLYCARD_EXPORT,
      "groups of clients by their titles in CSV",
      option_flag(group_titles) },

    { "sheet", 0, "NAME", POLYCARD_IMPORT,
      "of a workbook (the first one that is shown)",
      option_string(sheet) },

    { "map", 'M', "TITLE=ATTRIBUTE", POLYCARD_IMPORT,
      "the column of this title is this attribute; passed\n"
      "over without one",
      option_set(polycard_options_map) },

    { "money", 0, "UNIT", POLYCARD_IMPORT,
      "what a bonus of CSV is: hryvnia or kopeck",
      option_set(polycard_options_money) },

    { "decimal", 0, "SIGN", POLYCARD_IMPORT,
      "before decimals in CSV: comma or point (found out\n"
      "where it is clear)",
      option_set(polycard_options_decimal) },

    { "date", 0, "ORDER", POLYCARD_IMPORT,
      "of 01/02/1990: dmy or mdy",
      option_set(polycard_options_date) },

    { "sex", 0, "WORD=SEX", POLYCARD_IMPORT,
      "this word is male, female, or (without one) not\n"
      "known; those of three languages are known",
      option_set(polycard_options_sex) },

    { "profile", 0, "FILE", POLYCARD_BOTH,
      "a file of options, one a line, without hyphens",
      option_set(polycard_profile_read) },

    { "save-profile", 0, "FILE", POLYCARD_BOTH,
      "write the options of this run to such a file",
      option_string(save_profile) },

    { "dry-run", 't', NULL, POLYCARD_IMPORT,
      "check everything, change nothing",
      option_flag(dry_run) },

    { "yes", 'y', NULL, POLYCARD_IMPORT,
      "do not ask, whatever the file looks like",
      option_flag(yes) },

    { "delete-missing", 0, NULL, POLYCARD_IMPORT,
      "afterwards delete the clients that the file does\n"
      "not name, unless there are too many of them",
      option_flag(delete_missing) },

    { "force", 0, NULL, POLYCARD_IMPORT,
      "... however many there are",
      option_flag(force) },

    { "ignore-unknown", 'i', NULL, POLYCARD_IMPORT,
      "pass over columns that are no attributes",
      option_flag(ignore_unknown) },

    { "refused", 'o', "FILE", POLYCARD_IMPORT,
      "where to write which records were refused, and\n"
      "why (the name of the file and \".refused.csv\")",
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
