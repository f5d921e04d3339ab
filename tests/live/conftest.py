"""A mail server for whoever asks for one, and a house that sends by it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.live.post import Post


@pytest.fixture
async def post() -> AsyncIterator[Post]:
    post = Post()
    await asyncio.to_thread(post.start)
    yield post
    await asyncio.to_thread(post.stop)
