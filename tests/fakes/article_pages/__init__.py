"""Web pages of many manners: what is the article in them, and what is not."""

from tests.fakes.article_pages.blogs import BLOGS
from tests.fakes.article_pages.news import NEWS
from tests.fakes.article_pages.technical import TECHNICAL
from tests.fakes.article_pages.walled import WALLED

ARTICLES = (*BLOGS, *NEWS, *TECHNICAL)
EVERY = (*ARTICLES, *WALLED)
