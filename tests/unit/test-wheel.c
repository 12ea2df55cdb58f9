/* SPDX-License-Identifier: BSD-2-Clause */

#include "base/base.h"

#include "wheel/room.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* What a script begins with. */
static void
test_first_line (void)
{
#define TRAMPOLINE(command) "#!/bin/sh\n'''exec' " command " \"$0\" \"$@\"\n' '''\n"
#define BESIDE(name) TRAMPOLINE ("\"$(dirname -- \"$(realpath -- \"$0\")\")/" name "\"")
  g_autofree char *x124 = g_strnfill (124, '/');
  g_autofree char *x125 = g_strnfill (125, '/');
  g_autofree char *fits = g_strdup_printf ("#!%s\n", x124);
  g_autofree char *does_not = g_strdup_printf (TRAMPOLINE ("%s"), x125);
  const struct
  {
    const char *exe, *line;
  } cases[] = {
    { "/e/bin/python3", "#!/e/bin/python3\n" },
    { "/h\xc3\xa9/bin/python3", "#!/h\xc3\xa9/bin/python3\n" },
    { x124, fits },
    { x125, does_not },
    { "/a b/python3", TRAMPOLINE ("\"/a b/python3\"") },
    { "/it's a/python3", TRAMPOLINE ("\"/it's a/python3\"") },
    { "/a $b/python3", BESIDE ("python3") },
    { "/a `b`/python3", BESIDE ("python3") },
    { "/a \"b/python3", BESIDE ("python3") },
    { "/a \\b/python3", BESIDE ("python3") },
    { "/a '''b/python3", BESIDE ("python3") },
    { "/a\tb/python3", BESIDE ("python3") },
    { "/a\nb/python3", BESIDE ("python3") },
    { "/\xe9/python3", BESIDE ("python3") },
    { "/$a/python3", "#!/$a/python3\n" },
    { "/\xe9/py$thon", BESIDE ("python") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *line = launcher_first_line (cases[i].exe);
      g_assert_cmpstr (line, ==, cases[i].line);
    }
}

/* Each pip had its manners. */
static void
test_launcher (void)
{
  const WheelScript script = { .name = "x", .module = "a.b", .attr = "C.d" };
  const struct
  {
    const char *pip_version, *text;
  } cases[] = {
    { "19.3.1", "#!/p\n\n# -*- coding: utf-8 -*-\nimport re\nimport sys\n\n"
                "from a.b import C\n\nif __name__ == '__main__':\n"
                "    sys.argv[0] = re.sub(r'(-script\\.pyw?|\\.exe)?$', '', sys.argv[0])\n"
                "    sys.exit(C.d())\n" },
    { "20.0.2", "#!/p\n# -*- coding: utf-8 -*-\nimport re\nimport sys\n"
                "from a.b import C\nif __name__ == '__main__':\n"
                "    sys.argv[0] = re.sub(r'(-script\\.pyw|\\.exe)?$', '', sys.argv[0])\n"
                "    sys.exit(C.d())\n" },
    { "25.2", "#!/p\nimport sys\nfrom a.b import C\nif __name__ == '__main__':\n"
              "    if sys.argv[0].endswith('.exe'):\n"
              "        sys.argv[0] = sys.argv[0][:-4]\n"
              "    sys.exit(C.d())\n" },
    { "", "#!/p\nimport sys\nfrom a.b import C\nif __name__ == '__main__':\n"
          "    sys.argv[0] = sys.argv[0].removesuffix('.exe')\n"
          "    sys.exit(C.d())\n" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = launcher_text (&script, "/p", cases[i].pip_version);
      g_assert_cmpstr (text, ==, cases[i].text);
    }
  g_assert_false (launcher_knows_requested ("18.1"));
  g_assert_false (launcher_knows_requested ("20.1.1"));
  g_assert_true (launcher_knows_requested ("20.2"));
  g_assert_true (launcher_knows_requested (""));
}

/* The names of the scripts that come of a text, with their functions. */
static char *
scripts_of (const char *text, guint minor)
{
  const WheelScheme scheme = { .major = 3, .minor = minor };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) scripts = entry_points_parse (text, &scheme, &error);
  GString *names = g_string_new (NULL);

  if (scripts == NULL)
    g_string_append (names, error->message);
  for (guint i = 0; scripts != NULL && i < scripts->len; i++)
    {
      const WheelScript *script = g_ptr_array_index (scripts, i);
      g_string_append_printf (names, "%s%s=%s:%s%s", i == 0 ? "" : " ", script->name,
                              script->module, script->attr, script->gui ? "!" : "");
    }
  return g_string_free (names, FALSE);
}

static void
test_entry_points (void)
{
  static const struct
  {
    const char *text, *scripts;
    guint minor;
  } cases[] = {
    { "", "", 11 },
    { "[other]\na = b\n", "", 11 },
    { "[console_scripts]\r\n  b = m.n : f.g [x, y]\r\n# c\r\n\r\na=m:f\r\n", "a=m:f b=m.n:f.g",
      11 },
    { "[console_scripts]\na = m:f\n[gui_scripts]\na = m:g\n[console_scripts]\nb = m:f\n",
      "a=m:g! b=m:f", 11 },
    { "[console_scripts]\na = m:f\na = m:g\n", "a=m:g", 11 },
    { "[console_scripts]\nh\xc3\xa9 = m\xc3\xa9:f\n", "h\xc3\xa9=m\xc3\xa9:f", 11 },
    { "[console_scripts]\npip = p:main\npip3 = p:main\npip3.9 = p:main\n",
      "pip=p:main pip3=p:main pip3.10=p:main", 10 },
    { "[console_scripts]\neasy_install = e:main\neasy_install-3.4 = e:main\n",
      "easy_install=e:main easy_install-3.6=e:main", 6 },
    { "[console_scripts]\npip3 = p:main\npipx = p:x\n", "pip3=p:main pipx=p:x", 10 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *names = scripts_of (cases[i].text, cases[i].minor);
      g_assert_cmpstr (names, ==, cases[i].scripts);
    }
}

/* What is written can be read. */
static void
test_record (void)
{
  static const char *const paths[] = { "a.py", "a,b", "say \"a\"", "two\nlines", "" };
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GHashTable) rows = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    record_append (text, paths[i], "sha256=x", "1");
  g_assert_true (strstr (text->str, "\r\n\"a,b\",sha256=x,1\r\n\"say \"\"a\"\"\",") != NULL);
  rows = record_parse (text->str, text->len, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_hash_table_size (rows), ==, G_N_ELEMENTS (paths));
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    g_assert_true (g_hash_table_contains (rows, paths[i]));
}

static void
test_record_bad (void)
{
  static const char *const texts[] = { "a",          "a,b",      "a,b,c,d",         "\"a,b,c",
                                       "\"a\"b,c,d", "a\"b,c,d", "a,\"b,c\n\nd,e,f" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_null (record_parse (texts[i], strlen (texts[i]), &error));
      g_assert_error (error, VENVB_ERROR, VENVB_ERROR_FAILED);
    }
}

static void
test_metadata (void)
{
  const char *text = "A: one\r\nname:  two \nAB: three\n\nB: four\n";
  g_autofree char *a = metadata_header (text, "A");
  g_autofree char *name = metadata_header (text, "Name");

  g_assert_cmpstr (a, ==, "one");
  g_assert_cmpstr (name, ==, "two");
  g_assert_null (metadata_header (text, "B"));
  g_assert_true (metadata_same ("Foo.Bar-1.0", "foo_bar-1.0"));
  g_assert_true (metadata_same ("a--b", "a_b"));
  g_assert_false (metadata_same ("foo-1.0", "foo-1.0.1"));
  g_assert_false (metadata_same ("foo-1", "foo"));
}

static void
test_names (void)
{
  g_autoptr (Names) names = names_new ();

  g_assert_true (names_add (names, "a/b", NULL));
  g_assert_true (names_add (names, "a/c", NULL));
  g_assert_true (names_add (names, "A/d", NULL));
  g_assert_true (names_add_dir (names, "e", NULL));
  g_assert_false (names_add (names, "a", NULL));
  g_assert_false (names_add (names, "A/B", NULL));
  g_assert_false (names_add (names, "a/b/c", NULL));
  g_assert_false (names_add (names, "E", NULL));
  g_assert_false (names_add_dir (names, "a/b", NULL));
  g_assert_true (names_has (names, "a/b"));
  g_assert_false (names_has (names, "A/b"));
  g_assert_true (names_has (names, "a"));
}

/* A file of an image is intact when all of it is as the manifest says, and nobody
 * else can have written it: whatever a manifest says. */
static void
test_intact (void)
{
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp ("venvb-XXXXXX", &path, NULL);
  g_autofree char *name = g_path_get_basename (path);
  int dir = open (g_get_tmp_dir (), O_PATH | O_DIRECTORY | O_CLOEXEC);
  struct stat st;
  const mode_t bad[] = { 0646, 0666, 04644, 02644, 01644 };

  g_assert_cmpint (fchmod (fd, 0644), ==, 0);
  g_assert_cmpint (futimens (fd, (struct timespec[]){ { .tv_sec = 9 }, { .tv_sec = 9 } }), ==, 0);
  g_assert_cmpint (fstat (fd, &st), ==, 0);
  WheelFile file = { .name = name, .seen_mode = 0644, .mtime = 9 };
  const WheelImage image = { .uid = st.st_uid, .gid = st.st_gid };
  const WheelImage other_user = { .uid = st.st_uid + 1, .gid = st.st_gid };
  const WheelImage other_group = { .uid = st.st_uid, .gid = st.st_gid + 1 };

  g_assert_true (manifest_is_intact (dir, &image, &file));
  g_assert_false (manifest_is_intact (dir, &other_user, &file));
  g_assert_false (manifest_is_intact (dir, &other_group, &file));
  const struct timespec later[] = { { .tv_sec = 9 }, { .tv_sec = 9, .tv_nsec = 4000 } };
  g_assert_cmpint (futimens (fd, later), ==, 0);
  g_assert_false (manifest_is_intact (dir, &image, &file));
  file.fraction = 4000;
  g_assert_true (manifest_is_intact (dir, &image, &file));
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      file.seen_mode = bad[i] & 0777;
      g_assert_cmpint (fchmod (fd, bad[i]), ==, 0);
      g_assert_false (manifest_is_intact (dir, &image, &file));
    }
  g_assert_cmpint (unlink (path), ==, 0);
  close (dir);
  close (fd);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wheel/first-line", test_first_line);
  g_test_add_func ("/wheel/launcher", test_launcher);
  g_test_add_func ("/wheel/entry-points", test_entry_points);
  g_test_add_func ("/wheel/record", test_record);
  g_test_add_func ("/wheel/record-bad", test_record_bad);
  g_test_add_func ("/wheel/metadata", test_metadata);
  g_test_add_func ("/wheel/names", test_names);
  g_test_add_func ("/wheel/intact", test_intact);
  return g_test_run ();
}
