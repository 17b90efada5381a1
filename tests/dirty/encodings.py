"""A, faults 1 to 8: bytes, encodings and separators. A text comes out letter for letter, or the file is refused."""

import codecs

from dirty.case import CATEGORIES_HANT, COLUMNS, HANT, REGIONS_HANT, Case, Draw, Text, case, refused, single

LATIN_REGIONS = ("Île-de-France", "Köln", "São Paulo", "Málaga")
LATIN_CATEGORIES = ("Bücher", "Café", "Spielzeug", "Vêtements")
MARKS = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE, "utf-32-le": codecs.BOM_UTF32_LE}


def clean(draw: Draw, **said: object) -> Text:
    account = Text(**said).header()
    account.keep_all(draw.orders())
    return account


@case(1)
def utf8_without_mark(draw: Draw) -> Case:
    return single(clean(draw))


@case(1)
def utf8_with_mark(draw: Draw) -> Case:
    return single(clean(draw), mark=codecs.BOM_UTF8)


@case(1)
def utf8_with_mark_and_quoted_headers(draw: Draw) -> Case:
    account = Text()
    account.text(",".join(f'"{header}"' for header in account.headers))
    account.keep_all(draw.orders())
    return single(account, mark=codecs.BOM_UTF8)


@case(1)
def utf8_with_two_marks(draw: Draw) -> Case:
    """A script that appends a mark to a text that has one."""
    return single(clean(draw), mark=codecs.BOM_UTF8 * 2)


@case(1)
def parts_with_a_mark_each_put_together(draw: Draw) -> Case:
    """cat a.csv b.csv: the second file's mark and header stand in the middle."""
    account = clean(draw)
    header = ",".join(account.headers)
    account.break_line("\ufeff" + header, "repeated_header")
    account.keep_all(draw.orders(prefix="D"))
    return single(account, mark=codecs.BOM_UTF8)


@case(2, over=("\n", "\r\n"))
def gbk(draw: Draw, newline: str) -> Case:
    return single(clean(draw, newline=newline), "gbk")


@case(2)
def gb18030_with_rare_characters(draw: Draw) -> Case:
    """Names of places and goods that need four bytes."""
    regions = ("䶮城", "𠮷野", "華東", "㐂里")
    account = Text().header()
    account.keep_all(draw.orders(regions=regions))
    return single(account, "gb18030")


@case(2)
def gbk_with_one_chinese_word_only(draw: Draw) -> Case:
    account = Text(headers=COLUMNS).header()
    lines = draw.orders(regions=("East", "West"), categories=("books", "toys"))
    lines[draw.randrange(len(lines))]["region"] = "华东"
    account.keep_all(lines)
    return single(account, "gbk")


@case(3, over=("\n", "\r\n"))
def big5_with_traditional_headers(draw: Draw, newline: str) -> Case:
    account = Text(headers=HANT, newline=newline).header()
    account.keep_all(draw.orders(regions=REGIONS_HANT, categories=CATEGORIES_HANT))
    return single(account, "big5")


@case(3)
def traditional_text_in_gbk(draw: Draw) -> Case:
    account = Text(headers=HANT).header()
    account.keep_all(draw.orders(regions=REGIONS_HANT, categories=CATEGORIES_HANT))
    return single(account, "gbk")


@case(3, over=("cp1252", "latin-1"))
def western_text(draw: Draw, encoding: str) -> Case:
    account = Text(headers=COLUMNS, separator=";").header()
    account.keep_all(draw.orders(regions=LATIN_REGIONS, categories=LATIN_CATEGORIES))
    return single(account, encoding)


@case(3)
def windows_signs(draw: Draw) -> Case:
    """The euro sign and the long dash stand on places that Latin-1 leaves to control codes."""
    account = Text(headers=COLUMNS).header()
    categories = ("Bücher – neu", "Café", "bis 5 €", "Spielzeug")
    account.keep_all(draw.orders(regions=LATIN_REGIONS, categories=categories))
    return single(account, "cp1252")


@case(3)
def japanese_text_is_read_or_refused(draw: Draw) -> Case:
    """Shift-JIS is none of the encodings that are promised: refused, never kept as something else."""
    account = Text(headers=COLUMNS).header()
    account.keep_all(
        draw.orders(
            regions=("東京都", "大阪府", "ひろしま", "カナガワ"), categories=("おもちゃ", "ブック", "食品")
        )
    )
    return refused("orders.csv", "encoding", files={"orders.csv": account.bytes("cp932")})


@case(4, over=MARKS)
def utf16_with_mark(draw: Draw, mark: bytes) -> Case:
    encoding = next(name for name, bytes_ in MARKS.items() if bytes_ == mark)
    return single(clean(draw, newline="\r\n"), encoding, mark)


@case(4)
def utf16_unicode_text_of_excel(draw: Draw) -> Case:
    """What Excel calls Unicode text: tabs, CRLF."""
    return single(
        clean(draw, file="orders.txt", separator="\t", newline="\r\n"), "utf-16-le", codecs.BOM_UTF16_LE
    )


@case(4)
def utf16_without_mark(draw: Draw) -> Case:
    return refused("orders.csv", "UTF-16", files={"orders.csv": clean(draw).bytes("utf-16-le")})


@case(5)
def a_gbk_file_appended_to_a_utf8_one(draw: Draw) -> Case:
    first, second = clean(draw), Text()
    second.keep_all(draw.orders())
    return refused("orders.csv", "encoding", files={"orders.csv": first.bytes() + second.bytes("gbk")})


@case(5)
def one_utf8_line_in_a_gbk_file(draw: Draw) -> Case:
    lines = clean(draw).bytes("gbk").splitlines(keepends=True)
    extra = ",".join(["C001", "A1", "2023-05-05", "12.00", "华东地区", "图书与家电"]) + "\n"
    lines.insert(draw.randrange(2, len(lines)), extra.encode("utf-8"))
    return refused("orders.csv", "encoding", files={"orders.csv": b"".join(lines)})


@case(5)
def latin_bytes_in_a_utf8_file(draw: Draw) -> Case:
    lines = clean(draw).bytes().splitlines(keepends=True)
    lines.insert(draw.randrange(2, len(lines)), "C001,A1,2023-05-05,12.00,Köln,Bücher\n".encode("cp1252"))
    return refused("orders.csv", "encoding", files={"orders.csv": b"".join(lines)})


@case(5)
def utf8_that_was_already_damaged(draw: Draw) -> Case:
    """A tool before us wrote U+FFFD: of a label the rest is kept and told, an id cannot be trusted."""
    account = Text().header()
    lines = draw.orders()
    at = draw.randrange(len(lines))
    account.keep_all(lines[:at])
    account.keep(lines[at] | {"region": "华?"}, region="华\ufffd")
    account.keep_all(lines[at + 1 :])
    return single(account, warnings=("damaged_text",))


@case(5, 42)
def ids_that_were_already_damaged(draw: Draw) -> Case:
    account = clean(draw)
    account.reject(draw.order(), "customer_id", "damaged_id", customer_id="C0\ufffd7")
    return single(account)


@case(6)
def cut_inside_a_character_of_utf8(draw: Draw) -> Case:
    account = clean(draw)
    account.break_line(",".join(account.quoted(field) for field in account.fields(draw.order(), {})))
    return Case([account], {"orders.csv": account.bytes().removesuffix(b"\n")[:-1]})


@case(6)
def cut_inside_a_character_of_gb18030(draw: Draw) -> Case:
    account = clean(draw)
    account.break_line(",".join(account.quoted(field) for field in account.fields(draw.order(), {})))
    return Case([account], {"orders.csv": account.bytes("gb18030").removesuffix(b"\n")[:-1]})


@case(6)
def cut_inside_a_character_of_utf16(draw: Draw) -> Case:
    account = clean(draw)
    account.break_line(",".join(account.quoted(field) for field in account.fields(draw.order(), {})))
    content = account.bytes("utf-16-le", codecs.BOM_UTF16_LE)
    return Case([account], {"orders.csv": content[:-3]})


@case(6)
def cut_inside_a_record(draw: Draw) -> Case:
    account = clean(draw)
    fields = account.fields(draw.order(), {})
    account.break_line(",".join(map(str, fields[: draw.randint(1, 4)])))
    return Case([account], {"orders.csv": account.bytes().removesuffix(b"\n")})


@case(6)
def cut_inside_a_quoted_field(draw: Draw) -> Case:
    account = clean(draw)
    fields = account.fields(draw.order(), {})
    account.break_line(",".join(map(str, fields[:4])) + ',"华')
    return Case([account], {"orders.csv": account.bytes().removesuffix(b"\n")})


@case(6)
def no_newline_at_the_end_is_no_cut(draw: Draw) -> Case:
    account = clean(draw)
    return Case([account], {"orders.csv": account.bytes().removesuffix(b"\n")})


@case(7)
def random_bytes(draw: Draw) -> Case:
    return refused("orders.csv", files={"orders.csv": draw.randbytes(4000)})


@case(7)
def a_picture(draw: Draw) -> Case:
    return refused(
        "orders.csv",
        "format",
        files={"orders.csv": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + draw.randbytes(900)},
    )


@case(7)
def zero_bytes_in_one_record(draw: Draw) -> Case:
    content = clean(draw).bytes().splitlines(keepends=True)
    content.insert(draw.randrange(2, len(content)), b"C001,A1,2023-05-05,12\x00.00,a,b\n")
    return refused("orders.csv", "format", files={"orders.csv": b"".join(content)})


@case(7)
def zero_bytes_at_the_end(draw: Draw) -> Case:
    """A disk that filled up leaves a tail of zeros."""
    return refused("orders.csv", "format", files={"orders.csv": clean(draw).bytes() + b"\x00" * 4096})


@case(8, over={"semicolon": ";", "tab": "\t", "pipe": "|"})
def other_separators(draw: Draw, separator: str) -> Case:
    return single(clean(draw, separator=separator))


@case(8, over={"semicolon": ";", "comma": ",", "tab": "\t"})
def hint_of_excel(draw: Draw, separator: str) -> Case:
    account = Text(separator=separator)
    account.text(f"sep={separator}")
    account.header()
    account.keep_all(draw.orders())
    return single(account)


def european(amount: object) -> str:
    return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))


@case(8)
def european_decimals_between_semicolons(draw: Draw) -> Case:
    account = Text(separator=";", headers=COLUMNS).header()
    account.keep_all(draw.orders(regions=LATIN_REGIONS), amount=european)
    return single(account, mark=codecs.BOM_UTF8)


@case(8)
def european_decimals_in_quotes_between_commas(draw: Draw) -> Case:
    account = Text().header()
    account.keep_all(draw.orders(), amount=european)
    return single(account)


@case(8)
def commas_inside_a_semicolon_table(draw: Draw) -> Case:
    """More commas than semicolons on most lines, and still the semicolons part the fields."""
    account = Text(separator=";").header()
    account.keep_all(
        draw.orders(categories=("图书,教辅,文具,卡片,杂志,漫画", "家电,厨房,清洁,照明,空调,配件"))
    )
    return single(account)


@case(5)
def sounds_behind_characters(draw: Draw) -> Case:
    """Document 001 (T25): a converter wrote the sound behind characters that it did not know. Repaired, and told."""
    account = Text(headers=HANT).header()
    for record in draw.orders(regions=REGIONS_HANT):
        account.keep(record | {"category": "促進產品創新"}, category="促進產(chǎn)品創新")
        account.keep(record | {"category": "行業、地域"}, category="行業（yè）、地域")
        account.keep(record | {"category": "T恤(men)"}, category="T恤(men)")
    return single(account, warnings=("repaired_text",))


@case(5)
def text_with_holes(draw: Draw) -> Case:
    """Document 001 (T25): bytes were lost. Kept as it stands, and told."""
    account = clean(draw)
    for text in ("??蛻羧后w重要性", "锟斤拷", "鍗庝笢"):
        account.keep(draw.order(category=text))
    return single(account, warnings=("damaged_text",))


@case(3)
def cyrillic_text_is_refused(draw: Draw) -> Case:
    """Every pair of its bytes is a Chinese character that nobody writes."""
    account = Text(headers=COLUMNS).header()
    account.keep_all(
        draw.orders(regions=("Москва", "Казань", "Омск"), categories=("Книги", "Игрушки", "Одежда"))
    )
    return refused("orders.csv", "encoding", files={"orders.csv": account.bytes("cp1251")})
