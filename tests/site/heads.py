"""What stands in the head of a page."""

from html.parser import HTMLParser


class Head(HTMLParser):
    """Collects the title, the meta tags and the canonical link of a page."""

    def __init__(self, path):
        super().__init__()
        self.tags, self.canonical, self.title = {}, [], ""
        self.in_title = False
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.in_title = tag == "title" and not self.title  # a picture in the page may have one
        if tag == "meta" and "content" in given:
            name = given.get("property") or given.get("name")
            self.tags.setdefault(name, []).append(given["content"])
        if tag == "link" and given.get("rel") == "canonical":
            self.canonical.append(given["href"])

    def handle_data(self, data):
        if self.in_title:
            self.title += data

    def handle_endtag(self, tag):
        self.in_title = False

    def one(self, name):
        (content,) = self.tags[name]
        return content
